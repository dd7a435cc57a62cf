/** How Cassandra and the Jolokia agent are obtained: Java from Debian, jars from Maven, a class archive made here. */
import { join } from 'node:path';
import { type DebianProgram, obtainFromDebian } from '../../obtain/debian.ts';
import { lockedJars, type MavenJars, obtainFromMaven } from '../../obtain/maven.ts';
import type { OnProgress } from '../../progress.ts';
import { type CassandraJars, obtainArchive } from './archive.ts';

export const CASSANDRA_VERSION = '5.0.6';
export const JOLOKIA_VERSION = '2.5.1';

export const JAVA: DebianProgram = {
  package: 'openjdk-17-jre-headless',
  program: 'java',
  versionArgs: ['-version'],
  from: [17, 0],
  below: [18, 0],
  folders: () => {
    const homes = [process.env.JAVA_HOME, '/usr/lib/jvm/java-17-openjdk-amd64', '/usr/lib/jvm/java-17-openjdk-arm64'];
    return homes.filter((home) => home !== undefined).map((home) => join(home, 'bin'));
  },
};

/** `node lab/systems/cassandra/relock.ts` writes the lock file anew after a version was raised on purpose. */
export const JARS: MavenJars = {
  title: `Cassandra ${CASSANDRA_VERSION}`,
  key: `cassandra-${CASSANDRA_VERSION}-jolokia-${JOLOKIA_VERSION}`,
  artifact: 'lab-cassandra',
  dependencies: [
    { group: 'org.apache.cassandra', artifact: 'cassandra-all', version: CASSANDRA_VERSION },
    {
      group: 'org.jolokia',
      artifact: 'jolokia-agent-jvm',
      version: JOLOKIA_VERSION,
      classifier: 'javaagent',
      alone: true,
    },
  ],
  lockFile: join(import.meta.dirname, 'cassandra.lock.json'),
};

/** What every node of every instance runs. */
export interface CassandraParts {
  /** Absolute path of `java`. */
  readonly java: string;
  readonly jars: CassandraJars;
  /** Absolute path of the class archive. */
  readonly archive: string;
}

let known: Promise<CassandraParts> | undefined;

/** One look for all six nodes of a process: they share Java, jars and archive. */
export function obtainCassandra(onProgress: OnProgress): Promise<CassandraParts> {
  if (known !== undefined) return known;
  const made = obtainAnew(onProgress);
  known = made;
  made.catch(() => {
    known = undefined;
  });
  return made;
}

async function obtainAnew(onProgress: OnProgress): Promise<CassandraParts> {
  const java = await obtainFromDebian(JAVA, onProgress);
  const folder = await obtainFromMaven(JARS, onProgress);
  const names = Object.keys(lockedJars(JARS)).sort();
  const agent = `jolokia-agent-jvm-${JOLOKIA_VERSION}-javaagent.jar`;
  const jars = {
    classPath: names.filter((name) => name !== agent).map((name) => join(folder, name)),
    jolokia: join(folder, agent),
    jamm: join(folder, 'jamm-0.4.0.jar'),
  };
  return { java, jars, archive: await obtainArchive(java, jars, onProgress) };
}
