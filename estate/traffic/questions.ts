/** What one asks of an estate's traffic. Pure; a name that is not there is refused with the nearest (I12). */
import { own, required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Traffic } from './section.ts';

export interface NamedTraffic {
  readonly name: string;
  readonly traffic: Traffic;
}

/** The entrances for traffic; with a region those that have a server in it. In the order of the file. */
export function trafficOf(estate: Estate, region?: string): NamedTraffic[] {
  return Object.entries(estate.traffic)
    .filter(([, traffic]) => region === undefined || own(traffic.servers, region) !== undefined)
    .map(([name, traffic]) => ({ name, traffic }));
}

/** @throws refusal `unknown-traffic` */
export function trafficNamed(estate: Estate, name: string): Traffic {
  return required(estate.traffic, name, 'traffic');
}
