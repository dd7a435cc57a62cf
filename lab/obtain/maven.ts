/**
 * Jars from Maven: exact versions, and every jar's size and SHA-256 in a lock file beside the system that runs them.
 */
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../host/whole-files.ts';
import { refusal } from '../../kernel/errors.ts';
import { cached, sha256Of } from '../cache.ts';
import { run } from '../commands.ts';
import { type OnProgress, sayTransfer } from '../progress.ts';
import { type DebianProgram, obtainFromDebian } from './debian.ts';

export const MAVEN: DebianProgram = {
  package: 'maven',
  program: 'mvn',
  versionArgs: ['--version'],
  from: [3, 8],
  below: [5, 0],
};

export interface MavenDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly classifier?: string;
  /** Whether what it depends on comes along. */
  readonly alone?: boolean;
}

export interface MavenJars {
  /** As people read it: `Cassandra 5.0.6`. */
  readonly title: string;
  /** The folder's name in the cache; names every version. */
  readonly key: string;
  readonly artifact: string;
  readonly dependencies: readonly MavenDependency[];
  /** Absolute path of the lock file. */
  readonly lockFile: string;
}

export interface JarLock {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The pinned jars by file name. Read and not imported: test runners disagree about importing JSON. */
export function lockedJars(wanted: MavenJars): Readonly<Record<string, JarLock>> {
  const lock: { readonly jars: Readonly<Record<string, JarLock>> } = JSON.parse(readFileSync(wanted.lockFile, 'utf8'));
  return lock.jars;
}

/** The folder of the jars, from the cache or else from Maven. Throws `lab-hash` when a jar is not the pinned one. */
export async function obtainFromMaven(wanted: MavenJars, onProgress: OnProgress): Promise<string> {
  const folder = await cached(wanted.key, (temporary) => download(wanted, temporary, onProgress));
  return join(folder, 'jars');
}

/** The Maven project whose runtime dependencies are the jars. */
export function renderPom(wanted: MavenJars): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lifeboat</groupId>
  <artifactId>${wanted.artifact}</artifactId>
  <version>1</version>
  <dependencies>
${wanted.dependencies.map(renderDependency).join('\n')}
  </dependencies>
</project>
`;
}

function renderDependency({ group, artifact, version, classifier, alone = false }: MavenDependency): string {
  const lines = [
    '<dependency>',
    `  <groupId>${group}</groupId>`,
    `  <artifactId>${artifact}</artifactId>`,
    `  <version>${version}</version>`,
    ...(classifier === undefined ? [] : [`  <classifier>${classifier}</classifier>`]),
    ...(alone
      ? [
          '  <exclusions>',
          '    <exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>',
          '  </exclusions>',
        ]
      : []),
    '</dependency>',
  ];
  return lines.map((line) => `    ${line}`).join('\n');
}

/** Copies the runtime dependencies into `<folder>/jars`, without looking at their hashes. */
export async function copyDependencies(
  wanted: MavenJars,
  folder: string,
  onLine: (line: string) => void,
): Promise<void> {
  await writeWhole(join(folder, 'pom.xml'), renderPom(wanted));
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await run('mvn', ['-B', goal, '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'jars')}`], {
    folder,
    onLine,
    mend: 'Check that Maven reaches its repository (settings.xml, proxy), then run `npm run lab -- up` again.',
  });
}

async function download(wanted: MavenJars, folder: string, onProgress: OnProgress): Promise<void> {
  await obtainFromDebian(MAVEN, onProgress);
  const jars = lockedJars(wanted);
  const total = Object.values(jars).reduce((sum, jar) => sum + jar.sizeBytes, 0);
  const sizes = new Map(Object.entries(jars).map(([name, jar]) => [name, jar.sizeBytes]));
  const startedAt = Date.now();
  const subject = `${wanted.title} (Maven)`;
  let done = 0;
  let descriptions = 0;
  const tell = (): void =>
    onProgress({
      subject,
      phase: 'obtain',
      text: sayTransfer(done, total, Date.now() - startedAt),
      percent: Math.floor((done / total) * 100),
    });
  tell();
  await copyDependencies(wanted, folder, (line) => {
    // From an empty repository Maven first reads the descriptions of its plugins and of all jars, one after another.
    if (/Downloaded from .*\.pom/.test(line)) {
      descriptions += 1;
      if (descriptions % 50 === 0) {
        onProgress({ subject, phase: 'obtain', text: `resolving: ${descriptions} descriptions read (about 400)` });
      }
    }
    // Maven names each jar twice: when it came over the line, and when it was copied into the folder.
    for (const name of line.match(/[\w.+-]+\.jar/g) ?? []) {
      const size = sizes.get(name);
      if (size === undefined || !/Downloaded from|Copying/.test(line)) continue;
      sizes.delete(name);
      done += size;
      tell();
    }
  });
  await verifyJars(join(folder, 'jars'), jars);
}

/** Every pinned jar is there with its hash, and none besides. Throws `lab-hash` naming the first that differs. */
async function verifyJars(folder: string, jars: Readonly<Record<string, JarLock>>): Promise<void> {
  const mend = 'Compare with the registry; a mirror may have changed it. If the change is wanted, write the lock anew.';
  const found = new Set(await readdir(folder));
  for (const [name, jar] of Object.entries(jars)) {
    if (!found.delete(name)) throw refusal('lab-hash', `Maven did not give ${name}`, folder, mend);
    const hash = await sha256Of(join(folder, name));
    if (hash !== jar.sha256) {
      throw refusal('lab-hash', `${name} has SHA-256 ${hash} instead of ${jar.sha256}`, join(folder, name), mend);
    }
  }
  const [extra] = found;
  if (extra !== undefined) throw refusal('lab-hash', `Maven gave ${extra}, which is not pinned`, folder, mend);
}

/** The lock of a folder of jars. */
export async function lockOf(folder: string): Promise<Record<string, JarLock>> {
  const jars: Record<string, JarLock> = {};
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    jars[name] = { sha256: await sha256Of(path), sizeBytes: (await stat(path)).size };
  }
  return jars;
}
