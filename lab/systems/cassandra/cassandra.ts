/**
 * The lab's Cassandra: one cluster of two datacentres of three nodes, RF 3 in each, with Jolokia on every node.
 *
 *   addresses.ts  the ring: nodes, addresses, tokens     node.ts     one node: configured, started, known to be ready
 *   access.ts     role and passwords                     config.ts   a node's files and arguments, as text
 *   obtain.ts     Java, jars; archive.ts: class archive  jolokia.ts  the lab's look at a node
 *   schema.ts     what a new cluster is given once       relock.ts   writes cassandra.lock.json anew
 */
import { cassandraQueue } from '../../../estate/cassandra/queues.ts';
import { ESTATE_NAME } from '../../instance.ts';
import { MAVEN } from '../../obtain/maven.ts';
import { byRegion, type Region } from '../../places.ts';
import { secretReference } from '../../secrets.ts';
import type { LabSystem } from '../system.ts';
import { CASSANDRA_PASSWORD, CASSANDRA_USER, JOLOKIA_PASSWORD } from './access.ts';
import { CASSANDRA_PORTS, NODES, NODES_PER_REGION, nodeEndpoints, nodesOf } from './addresses.ts';
import { controlUrl } from './jolokia.ts';
import { cassandraNode } from './node.ts';
import { JAVA, obtainCassandra } from './obtain.ts';
import { initialiseCassandra, isInitialised } from './schema.ts';

export const cassandra: LabSystem = {
  name: 'cassandra',
  servers: NODES.map(cassandraNode),
  endpoints: (slot) => nodesOf(slot).flatMap(nodeEndpoints),
  secrets: [CASSANDRA_PASSWORD, JOLOKIA_PASSWORD],
  changeQueues: NODES.map(({ region, name }) => ({
    place: region,
    queue: cassandraQueue({ name: ESTATE_NAME }, 'main', name),
  })),
  programs: [
    { program: JAVA, neededFor: 'Cassandra' },
    { program: MAVEN, neededFor: 'obtaining Cassandra' },
  ],
  obtain: async (onProgress) => {
    await obtainCassandra(onProgress);
  },
  bootstrap: { isDone: isInitialised, carryOut: initialiseCassandra },
  estateSections,
};

function estateSections(slot: number): Readonly<Record<string, object>> {
  const keyspace = () => ({ replication: byRegion(() => NODES_PER_REGION), gcGrace: '10d' });
  return {
    cassandra: {
      main: {
        credentials: { username: CASSANDRA_USER, password: secretReference(CASSANDRA_PASSWORD) },
        control: { username: CASSANDRA_USER, password: secretReference(JOLOKIA_PASSWORD) },
        datacentres: byRegion((region) => ({ region, nodes: nodesSection(slot, region) })),
        keyspaces: { shop: keyspace(), lifeboat: keyspace() },
      },
    },
  };
}

function nodesSection(slot: number, region: Region): object {
  return Object.fromEntries(
    nodesOf(slot, region).map((node) => [
      node.name,
      { address: node.address, port: CASSANDRA_PORTS.native, rack: node.rack, control: controlUrl(node) },
    ]),
  );
}
