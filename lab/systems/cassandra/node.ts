/**
 * A node of the lab's Cassandra cluster (two datacentres of three, RF 3 in each).
 *
 * An open CQL port is no sign of readiness: a node is ready when it and every other running node hold each other for
 * alive and agree on one schema version.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../../host/whole-files.ts';
import { CASSANDRA_USER } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { JAVA, MAVEN, obtainFromDebian } from '../../obtain/debian.ts';
import { obtainCassandra } from '../../obtain/maven.ts';
import type { CassandraNode } from '../../places.ts';
import { type Command, stateOf } from '../../processes.ts';
import { type OnProgress, silent } from '../../progress.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import { secretPath } from '../lifeboat/keys.ts';
import type { LabServer } from '../system.ts';
import { obtainArchive } from './archive.ts';
import { javaArgs, renderCassandraYaml, renderJolokia, renderLogback, renderRackDc } from './config.ts';
import { lookAt, type NodeLook } from './jolokia.ts';

export function createCassandraServer(instance: Instance, node: CassandraNode): LabServer {
  const { plan } = instance;
  const folder = join(instance.root, 'cassandra', node.name);

  async function obtain(onProgress: OnProgress): Promise<void> {
    await obtainParts(onProgress);
  }

  async function configure(): Promise<Command> {
    const { java, jars, archive } = await obtainParts(silent);
    const files = {
      cassandraYaml: join(folder, 'cassandra.yaml'),
      rackDc: join(folder, 'rackdc.properties'),
      logback: join(folder, 'logback.xml'),
      jolokiaConfig: join(folder, 'jolokia.properties'),
    };
    await writeWhole(
      files.cassandraYaml,
      renderCassandraYaml(plan, node, `lifeboat-${instance.slot}-${instance.name}`),
    );
    await writeWhole(files.rackDc, renderRackDc(node));
    await writeWhole(files.logback, renderLogback());
    const password = await controlPassword(instance);
    await writeWhole(files.jolokiaConfig, renderJolokia(node, CASSANDRA_USER, password), { mode: 0o600 });
    const args = javaArgs({
      ...files,
      classPath: jars.classPath,
      jamm: jars.jamm,
      jolokia: jars.jolokia,
      dataFolder: join(folder, 'data'),
      seed: node.seed,
      nodeCount: plan.nodes.length,
      archive: { use: archive },
    });
    return { file: java, args, folder };
  }

  return {
    target: node.target,
    kind: 'cassandra',
    place: node.region,
    needs: [],
    readyTimeoutMs: 180_000,
    stopGraceMs: 20_000,
    missing: () => undefined,
    obtain,
    configure,
    ready: () => nodeReady(instance, node),
  };
}

/** The password of Jolokia on every node. */
export async function controlPassword(instance: Instance): Promise<string> {
  return (await readFile(secretPath(instance, 'jolokia'), 'utf8')).trim();
}

async function nodeReady(instance: Instance, node: CassandraNode): Promise<Readiness> {
  const own = await lookSoon(instance, node);
  if (own.mode !== 'NORMAL') return notYet(`mode ${own.mode}`);
  if (!own.native) return notYet('its CQL port is closed');
  for (const peer of instance.plan.nodes) {
    if ((await stateOf(instance, peer.target)).kind !== 'running') continue;
    if (!own.live.includes(peer.address)) return notYet(`${node.name} does not see ${peer.name}`);
    const look = await lookSoon(instance, peer);
    if (!look.live.includes(node.address)) return notYet(`${peer.name} does not see ${node.name}`);
    if (look.schemaVersion !== own.schemaVersion) return notYet(`${peer.name} has another schema version`);
  }
  return READY;
}

/** Six nodes that each look at all others would keep two cores busy: a look serves everybody for a moment. */
const LOOK_VALID_MS = 400;
const looks = new Map<string, { readonly atMs: number; readonly look: Promise<NodeLook> }>();

function lookSoon(instance: Instance, node: CassandraNode): Promise<NodeLook> {
  const known = looks.get(node.address);
  if (known !== undefined && Date.now() - known.atMs < LOOK_VALID_MS) return known.look;
  const look = controlPassword(instance).then((password) => lookAt(node, CASSANDRA_USER, password));
  looks.set(node.address, { atMs: Date.now(), look });
  return look;
}

/** One look for all six nodes of a process: they share Java, jars and archive. */
const parts = new Map<string, Promise<Parts>>();
interface Parts {
  readonly java: string;
  readonly jars: Awaited<ReturnType<typeof obtainCassandra>>;
  readonly archive: string;
}

function obtainParts(onProgress: OnProgress): Promise<Parts> {
  const known = parts.get('cassandra');
  if (known !== undefined) return known;
  const made = obtainPartsAnew(onProgress);
  parts.set('cassandra', made);
  made.catch(() => parts.delete('cassandra'));
  return made;
}

async function obtainPartsAnew(onProgress: OnProgress): Promise<Parts> {
  const java = await obtainFromDebian(JAVA, onProgress);
  await obtainFromDebian(MAVEN, onProgress);
  const jars = await obtainCassandra(onProgress);
  return { java, jars, archive: await obtainArchive(java, jars, onProgress) };
}
