/**
 * A node of the lab's Cassandra cluster.
 *
 * An open CQL port is no sign of readiness: a node is ready when it and every other running node hold each other for
 * alive and agree on one schema version.
 */
import { join } from 'node:path';
import { writeWhole } from '../../../host/whole-files.ts';
import type { Instance } from '../../instance.ts';
import { type Command, stateOf } from '../../processes.ts';
import { silent } from '../../progress.ts';
import { readSecret } from '../../secrets.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import type { LabServer } from '../system.ts';
import { CASSANDRA_USER, JOLOKIA_PASSWORD } from './access.ts';
import { type CassandraNode, type NodeIdentity, nodeIn, nodesOf } from './addresses.ts';
import { javaArgs, renderCassandraYaml, renderJolokia, renderLogback, renderRackDc } from './config.ts';
import { lookAt, type NodeLook } from './jolokia.ts';
import { obtainCassandra } from './obtain.ts';

export function cassandraNode(identity: NodeIdentity): LabServer {
  return {
    target: identity.target,
    kind: 'cassandra',
    place: identity.region,
    needs: [],
    readyTimeoutMs: 180_000,
    stopGraceMs: 20_000,
    missing: () => undefined,
    configure: (instance) => configure(instance, nodeIn(instance.slot, identity)),
    ready: (instance) => nodeReady(instance, nodeIn(instance.slot, identity)),
  };
}

async function configure(instance: Instance, node: CassandraNode): Promise<Command> {
  const { java, jars, archive } = await obtainCassandra(silent);
  const nodes = nodesOf(instance.slot);
  const folder = join(instance.root, 'cassandra', node.name);
  const files = {
    cassandraYaml: join(folder, 'cassandra.yaml'),
    rackDc: join(folder, 'rackdc.properties'),
    logback: join(folder, 'logback.xml'),
    jolokiaConfig: join(folder, 'jolokia.properties'),
  };
  await writeWhole(files.cassandraYaml, renderCassandraYaml(nodes, node, `lifeboat-${instance.slot}-${instance.name}`));
  await writeWhole(files.rackDc, renderRackDc(node));
  await writeWhole(files.logback, renderLogback());
  const password = await readSecret(instance, JOLOKIA_PASSWORD);
  await writeWhole(files.jolokiaConfig, renderJolokia(node, CASSANDRA_USER, password), { mode: 0o600 });
  const args = javaArgs({
    ...files,
    classPath: jars.classPath,
    jamm: jars.jamm,
    jolokia: jars.jolokia,
    dataFolder: join(folder, 'data'),
    seed: node.seed,
    nodeCount: nodes.length,
    archive: { use: archive },
  });
  return { file: java, args, folder };
}

async function nodeReady(instance: Instance, node: CassandraNode): Promise<Readiness> {
  const own = await lookSoon(instance, node);
  if (own.mode !== 'NORMAL') return notYet(`mode ${own.mode}`);
  if (!own.native) return notYet('its CQL port is closed');
  for (const peer of nodesOf(instance.slot)) {
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
  const look = readSecret(instance, JOLOKIA_PASSWORD).then((password) => lookAt(node, CASSANDRA_USER, password));
  looks.set(node.address, { atMs: Date.now(), look });
  return look;
}
