/** Where the product's service listens: one endpoint per region, and a socket inside of it. */
import { join } from 'node:path';
import type { Instance } from '../../instance.ts';
import { addressAt, byRegion, type Endpoint, type Region } from '../../places.ts';

export function serviceEndpoints(slot: number): Readonly<Record<Region, Endpoint>> {
  return byRegion((region) => ({ address: addressAt(slot, region, 50), port: 8080 }));
}

/** Where people inside the region reach its service; a cut does not touch it. */
export function insideSocket(instance: Instance, region: Region): string {
  // Short: a socket's path has at most 107 bytes, and a checkout may lie deep.
  return join(instance.root, 'run', `${region}.sock`);
}
