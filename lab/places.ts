/**
 * The address plan of a lab instance: pure arithmetic from its slot.
 *
 * Owns every address, port, group id and token of the lab. Two slots never share an address and a port, so that two
 * instances can run side by side; nothing here is a singleton of the machine.
 */

/** The lab's two regions, in the order of their numbers (0 is outside of both). */
export const REGIONS = ['us-central1', 'europe-west1'] as const;
export type Region = (typeof REGIONS)[number];

/** Where a process stands: in a region, or outside of both. */
export type Place = Region | 'outside';

/** Slots 0-99: the second octet of an instance's addresses is 20 + slot, which stays below 127. */
export const MAX_SLOT = 99;
export const NODES_PER_REGION = 3;
/** Few tokens keep repairs short; each datacentre's ring is even by itself. */
export const TOKENS_PER_NODE = 4;

export interface CassandraNode {
  /** The name in the estate file: `us-1`. */
  readonly name: string;
  /** The name in the lab: `us-central1/cassandra-1`. */
  readonly target: string;
  readonly region: Region;
  readonly rack: string;
  readonly address: string;
  /** Sorted Murmur3 tokens, as decimal text. */
  readonly tokens: readonly string[];
  /** One seed per region: gossip finds the rest. */
  readonly seed: boolean;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface AddressPlan {
  readonly slot: number;
  readonly temporal: {
    readonly frontend: Endpoint;
    readonly http: Endpoint;
    readonly metrics: Endpoint;
    readonly ui: Endpoint;
  };
  readonly haproxy: { readonly items: Endpoint; readonly itemsAuto: Endpoint; readonly stats: Endpoint };
  readonly slack: Endpoint;
  readonly bot: Endpoint;
  readonly load: Endpoint;
  readonly canary: Endpoint;
  readonly services: Readonly<Record<Region, Endpoint>>;
  readonly nodes: readonly CassandraNode[];
}

export const CASSANDRA_PORTS = { native: 9042, storage: 7000, control: 8778 } as const;

/** 0 outside, 1 us-central1, 2 europe-west1. */
export function placeNumber(place: Place): number {
  return place === 'outside' ? 0 : REGIONS.indexOf(place) + 1;
}

/** The group id that processes of a place run under, so that packets can be told apart (`meta skgid`). */
export function groupIdOf(slot: number, place: Place): number {
  return 42_000 + slot * 10 + placeNumber(place);
}

/** The network of a place in CIDR: `127.20.1.0/24`. */
export function networkOf(slot: number, place: Place): string {
  return `127.${20 + slot}.${placeNumber(place)}.0/24`;
}

/** `http://address:port` of an endpoint. */
export function urlOf(endpoint: Endpoint): string {
  return `http://${endpoint.address}:${endpoint.port}`;
}

export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text);
}

/** All addresses of the instance in the given slot (0-99). */
export function addressPlan(slot: number): AddressPlan {
  const at = (place: Place, host: number): string => `127.${20 + slot}.${placeNumber(place)}.${host}`;
  // The development server's own services dial each other on 127.0.0.1 whatever `--ip` says, so its gRPC ports stand
  // there and differ by slot; below 32768, where the kernel hands out ports of its own accord.
  const temporalPort = 21_000 + slot * 10;
  const local = (port: number): Endpoint => ({ address: '127.0.0.1', port });
  return {
    slot,
    temporal: {
      frontend: local(temporalPort),
      http: local(temporalPort + 1),
      metrics: local(temporalPort + 2),
      ui: { address: at('outside', 10), port: 8233 },
    },
    haproxy: {
      items: { address: at('outside', 20), port: 8080 },
      itemsAuto: { address: at('outside', 20), port: 8081 },
      stats: { address: at('outside', 20), port: 8404 },
    },
    slack: { address: at('outside', 30), port: 8090 },
    bot: { address: at('outside', 31), port: 8091 },
    load: { address: at('outside', 40), port: 8100 },
    canary: { address: at('outside', 41), port: 8101 },
    services: {
      'us-central1': { address: at('us-central1', 50), port: 8080 },
      'europe-west1': { address: at('europe-west1', 50), port: 8080 },
    },
    nodes: REGIONS.flatMap((region) =>
      Array.from({ length: NODES_PER_REGION }, (_, index) => ({
        name: `${region.slice(0, 2)}-${index + 1}`,
        target: `${region}/cassandra-${index + 1}`,
        region,
        rack: `r${index + 1}`,
        address: at(region, 11 + index),
        tokens: tokensOf(region, index),
        seed: index === 0,
      })),
    ),
  };
}

/** The contact points of a region's datacentre, in the order of its nodes. */
export function nodesOf(plan: AddressPlan, region: Region): readonly CassandraNode[] {
  return plan.nodes.filter((node) => node.region === region);
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
