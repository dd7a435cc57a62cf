/**
 * Where things of the lab stand: pure arithmetic from an instance's slot and a place in it.
 *
 * Owns the networks and group ids of the lab; each system's own addresses and ports are in its folder (`systems/`). Two
 * slots never share an address and a port, so that two instances can run side by side; nothing here is a singleton of
 * the machine.
 */

/** The lab's two regions, in the order of their numbers (0 is outside of both). */
export const REGIONS = ['us-central1', 'europe-west1'] as const;
export type Region = (typeof REGIONS)[number];

/** Where a process stands: in a region, or outside of both. */
export type Place = Region | 'outside';

/** Slots 0-99: the second octet of an instance's addresses is 20 + slot, which stays below 127. */
export const MAX_SLOT = 99;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

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

/**
 * An address in the network of a place. `host` (1-254) is what the systems share out among themselves, each its own: where
 * two take the same endpoint, `test/pure/lab/plan.test.ts` names both and the hosts that are taken.
 */
export function addressAt(slot: number, place: Place, host: number): string {
  return `127.${20 + slot}.${placeNumber(place)}.${host}`;
}

/** `address:port` of an endpoint. */
export function hostPortOf(endpoint: Endpoint): string {
  return `${endpoint.address}:${endpoint.port}`;
}

/** `http://address:port` of an endpoint. */
export function urlOf(endpoint: Endpoint): string {
  return `http://${hostPortOf(endpoint)}`;
}

export function isRegion(text: string): text is Region {
  return (REGIONS as readonly string[]).includes(text);
}

/** One value per region, in the order of the regions. */
export function byRegion<T>(make: (region: Region) => T): Readonly<Record<Region, T>> {
  const [us, eu] = REGIONS;
  return { [us]: make(us), [eu]: make(eu) };
}
