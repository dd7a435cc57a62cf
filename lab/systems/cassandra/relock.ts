/**
 * Writes `cassandra.lock.json` anew: run by a maintainer after raising a version, never by the lab itself.
 * `node lab/systems/cassandra/relock.ts`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '../../../host/whole-files.ts';
import { CASSANDRA_VERSION, copyDependencies, JOLOKIA_VERSION, lockOf } from '../../obtain/maven.ts';

const folder = await mkdtemp(join(tmpdir(), 'lifeboat-relock-'));
try {
  await copyDependencies(folder, (line) => process.stderr.write(`${line}\n`));
  await writeJson(join(import.meta.dirname, 'cassandra.lock.json'), {
    cassandra: CASSANDRA_VERSION,
    jolokia: JOLOKIA_VERSION,
    jars: await lockOf(join(folder, 'jars')),
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
