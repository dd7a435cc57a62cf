/** What one asks of an estate's Cassandra clusters. Pure; a name that is not there is refused with the nearest (I12). */
import { required, unknownName } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { CassandraCluster, CassandraDatacentre, CassandraNode } from './section.ts';

/** @throws refusal `unknown-cassandra-cluster` */
export function clusterOf(estate: Estate, cluster: string): CassandraCluster {
  return required(estate.cassandra, cluster, 'Cassandra cluster');
}

export interface NamedDatacentre extends CassandraDatacentre {
  readonly name: string;
}

/** The cluster's one datacentre in a region, or undefined. */
export function datacentreOf(cluster: CassandraCluster, region: string): NamedDatacentre | undefined {
  const found = Object.entries(cluster.datacentres).find(([, datacentre]) => datacentre.region === region);
  return found === undefined ? undefined : { name: found[0], ...found[1] };
}

export interface NamedNode extends CassandraNode {
  readonly name: string;
  readonly datacentre: string;
  readonly region: string;
}

/** All nodes of a cluster, in the order of the file. @throws refusal `unknown-cassandra-cluster` */
export function nodesOf(estate: Estate, cluster: string): NamedNode[] {
  return Object.entries(clusterOf(estate, cluster).datacentres).flatMap(([datacentre, { region, nodes }]) =>
    Object.entries(nodes).map(([name, node]) => ({ name, datacentre, region, ...node })),
  );
}

/** @throws refusal `unknown-cassandra-cluster`, `unknown-node` */
export function nodeNamed(estate: Estate, cluster: string, node: string): NamedNode {
  const nodes = nodesOf(estate, cluster);
  const found = nodes.find(({ name }) => name === node);
  if (found !== undefined) return found;
  const names = nodes.map(({ name }) => name);
  throw unknownName('node', node, names);
}

/** The cluster's nodes in a region; none where it has no datacentre. @throws refusal `unknown-cassandra-cluster` */
export function nodesInRegion(estate: Estate, cluster: string, region: string): NamedNode[] {
  return nodesOf(estate, cluster).filter((node) => node.region === region);
}

export interface ReplicaSet {
  readonly keyspace: string;
  readonly datacentre: string;
  readonly region: string;
  /** Copies of each row in this datacentre. */
  readonly copies: number;
  /** How many of them LOCAL_QUORUM needs: floor(copies / 2) + 1. */
  readonly quorum: number;
  readonly nodes: readonly NamedNode[];
}

/** How each keyspace is kept in each datacentre of a cluster. @throws refusal `unknown-cassandra-cluster` */
export function replicaSets(estate: Estate, cluster: string): ReplicaSet[] {
  const { keyspaces, datacentres } = clusterOf(estate, cluster);
  const nodes = nodesOf(estate, cluster);
  return Object.entries(keyspaces).flatMap(([keyspace, { replication }]) =>
    Object.entries(replication).map(([datacentre, copies]) => ({
      keyspace,
      datacentre,
      region: required(datacentres, datacentre, 'datacentre').region,
      copies,
      quorum: Math.floor(copies / 2) + 1,
      nodes: nodes.filter((node) => node.datacentre === datacentre),
    })),
  );
}

/**
 * The shortest gc_grace of a cluster's keyspaces in milliseconds: a region that was away for longer may bring deleted
 * rows back, and must be rebuilt. Infinity for a cluster without keyspaces. @throws refusal `unknown-cassandra-cluster`
 */
export function gcGraceMs(estate: Estate, cluster: string): number {
  return Math.min(...Object.values(clusterOf(estate, cluster).keyspaces).map(({ gcGrace }) => gcGrace));
}
