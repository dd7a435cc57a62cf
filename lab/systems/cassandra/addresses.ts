/** The ring of an instance: two datacentres of three nodes, with their addresses and tokens. Pure arithmetic. */
import { addressAt, type Endpoint, placeNumber, REGIONS, type Region } from '../../places.ts';

export const NODES_PER_REGION = 3;
/** Few tokens keep repairs short; each datacentre's ring is even by itself. */
export const TOKENS_PER_NODE = 4;

export const CASSANDRA_PORTS = { native: 9042, storage: 7000, control: 8778 } as const;

/** What a node is in every instance. */
export interface NodeIdentity {
  /** The name in the estate file: `us-1`. */
  readonly name: string;
  /** The name in the lab: `us-central1/cassandra-1`. */
  readonly target: string;
  readonly region: Region;
  /** 0-2 within its region. */
  readonly index: number;
}

export interface CassandraNode extends NodeIdentity {
  readonly rack: string;
  readonly address: string;
  /** Sorted Murmur3 tokens, as decimal text. */
  readonly tokens: readonly string[];
  /** One seed per region: gossip finds the rest. */
  readonly seed: boolean;
}

export const NODES: readonly NodeIdentity[] = REGIONS.flatMap((region) =>
  Array.from({ length: NODES_PER_REGION }, (_, index) => ({
    name: `${region.slice(0, 2)}-${index + 1}`,
    target: `${region}/cassandra-${index + 1}`,
    region,
    index,
  })),
);

/** A node in the instance of a slot. */
export function nodeIn(slot: number, identity: NodeIdentity): CassandraNode {
  const { region, index } = identity;
  return {
    ...identity,
    rack: `r${index + 1}`,
    address: addressAt(slot, region, 11 + index),
    tokens: tokensOf(region, index),
    seed: index === 0,
  };
}

/** All nodes of the instance of a slot, or those of one region's datacentre, in the order of their numbers. */
export function nodesOf(slot: number, region?: Region): readonly CassandraNode[] {
  return NODES.filter((node) => region === undefined || node.region === region).map((node) => nodeIn(slot, node));
}

export function nodeEndpoints(node: CassandraNode): readonly Endpoint[] {
  return Object.values(CASSANDRA_PORTS).map((port) => ({ address: node.address, port }));
}

/**
 * Preset tokens: a datacentre's 12 tokens divide the ring evenly and go round its nodes; the second datacentre's are
 * shifted by 100, because a token may belong to one node only.
 */
function tokensOf(region: Region, index: number): string[] {
  const total = BigInt(NODES_PER_REGION * TOKENS_PER_NODE);
  const lowest = -(2n ** 63n);
  return Array.from({ length: TOKENS_PER_NODE }, (_, turn) => {
    const position = BigInt(turn * NODES_PER_REGION + index);
    return String(lowest + (position * 2n ** 64n) / total + BigInt(placeNumber(region) * 100));
  });
}
