/** Who may enter the cluster: one role for CQL, one password for Jolokia on every node. */
import type { Instance } from '../../instance.ts';
import type { Region } from '../../places.ts';
import { type LabSecret, randomPassword, secretPath } from '../../secrets.ts';
import { CASSANDRA_PORTS, nodesOf } from './addresses.ts';

export const CASSANDRA_USER = 'lifeboat';
export const CASSANDRA_PASSWORD: LabSecret = { file: 'secrets/cassandra', make: randomPassword };
export const JOLOKIA_PASSWORD: LabSecret = { file: 'secrets/jolokia', make: randomPassword };

/** How a client finds a region's datacentre. */
export function contactOf(instance: Instance, region: Region): { contactPoints: readonly string[]; port: number } {
  return { contactPoints: nodesOf(instance.slot, region).map((node) => node.address), port: CASSANDRA_PORTS.native };
}

/** What a client says to be let in. */
export function credentialsOf(instance: Instance): { username: string; passwordFile: string } {
  return { username: CASSANDRA_USER, passwordFile: secretPath(instance, CASSANDRA_PASSWORD) };
}
