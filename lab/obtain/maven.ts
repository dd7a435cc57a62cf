/**
 * Cassandra and Jolokia from Maven: exact versions, and every jar's size and SHA-256 in `cassandra.lock.json`.
 *
 * `node lab/systems/cassandra/relock.ts FOLDER` writes that file anew after a version was raised on purpose.
 */
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../host/whole-files.ts';
import { refusal } from '../../kernel/errors.ts';
import { cached, sha256Of } from '../cache.ts';
import { run } from '../commands.ts';
import { type OnProgress, sayTransfer } from '../progress.ts';

export const CASSANDRA_VERSION = '5.0.6';
export const JOLOKIA_VERSION = '2.5.1';
const CACHE_KEY = `cassandra-${CASSANDRA_VERSION}-jolokia-${JOLOKIA_VERSION}`;

export interface JarLock {
  readonly sha256: string;
  readonly sizeBytes: number;
}

interface Lock {
  readonly jars: Readonly<Record<string, JarLock>>;
}

export interface CassandraJars {
  readonly folder: string;
  /** Jars of the class path, sorted, absolute. */
  readonly classPath: readonly string[];
  readonly jolokia: string;
  readonly jamm: string;
}

/** Read and not imported: test runners disagree about importing JSON. */
function readLock(): Lock {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../systems/cassandra/cassandra.lock.json'), 'utf8'));
}

/** The jars, from the cache or else from Maven. Throws `lab-hash` when a jar is not the pinned one. */
export async function obtainCassandra(onProgress: OnProgress): Promise<CassandraJars> {
  const folder = await cached(CACHE_KEY, (temporary) => download(temporary, onProgress));
  const names = Object.keys(readLock().jars).sort();
  const jolokia = `jolokia-agent-jvm-${JOLOKIA_VERSION}-javaagent.jar`;
  return {
    folder,
    classPath: names.filter((name) => name !== jolokia).map((name) => join(folder, 'jars', name)),
    jolokia: join(folder, 'jars', jolokia),
    jamm: join(folder, 'jars', 'jamm-0.4.0.jar'),
  };
}

/** The Maven project whose runtime dependencies are what the lab runs. */
export function renderPom(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lifeboat</groupId>
  <artifactId>lab-cassandra</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${CASSANDRA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.jolokia</groupId>
      <artifactId>jolokia-agent-jvm</artifactId>
      <version>${JOLOKIA_VERSION}</version>
      <classifier>javaagent</classifier>
      <exclusions>
        <exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>
      </exclusions>
    </dependency>
  </dependencies>
</project>
`;
}

/** Copies the runtime dependencies into `<folder>/jars`, without looking at their hashes. */
export async function copyDependencies(folder: string, onLine: (line: string) => void): Promise<void> {
  await writeWhole(join(folder, 'pom.xml'), renderPom());
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await run('mvn', ['-B', goal, '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'jars')}`], {
    folder,
    onLine,
    mend: 'Check that Maven reaches its repository (settings.xml, proxy), then run `npm run lab -- up` again.',
  });
}

async function download(folder: string, onProgress: OnProgress): Promise<void> {
  const lock = readLock();
  const total = Object.values(lock.jars).reduce((sum, jar) => sum + jar.sizeBytes, 0);
  const sizes = new Map(Object.entries(lock.jars).map(([name, jar]) => [name, jar.sizeBytes]));
  const startedAt = Date.now();
  const subject = `Cassandra ${CASSANDRA_VERSION} (Maven)`;
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
  await copyDependencies(folder, (line) => {
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
  await verifyJars(join(folder, 'jars'), lock.jars);
}

/** Every pinned jar is there with its hash, and none besides. Throws `lab-hash` naming the first that differs. */
export async function verifyJars(folder: string, jars: Readonly<Record<string, JarLock>>): Promise<void> {
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
