/**
 * Writes `cassandra.lock.json` anew: run by a maintainer after raising a version, never by the lab itself.
 * `node lab/systems/cassandra/relock.ts`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '../../../host/whole-files.ts';
import { copyDependencies, lockOf } from '../../obtain/maven.ts';
import { CASSANDRA_VERSION, JARS, JOLOKIA_VERSION } from './obtain.ts';

const folder = await mkdtemp(join(tmpdir(), 'lifeboat-relock-'));
try {
  await copyDependencies(JARS, folder, (line) => process.stderr.write(`${line}\n`));
  await writeJson(JARS.lockFile, {
    cassandra: CASSANDRA_VERSION,
    jolokia: JOLOKIA_VERSION,
    jars: await lockOf(join(folder, 'jars')),
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
