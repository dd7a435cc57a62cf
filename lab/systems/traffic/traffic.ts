/**
 * The load balancer: HAProxy, outside both regions.
 *
 *   addresses.ts  its front doors     config.ts  its configuration and first state file, as text
 *   haproxy.ts    the server: started, reloaded without forgetting, asked
 */
import { trafficQueue } from '../../../estate/traffic/queues.ts';
import { ESTATE_NAME } from '../../instance.ts';
import { obtainFromDebian } from '../../obtain/debian.ts';
import { byRegion, urlOf } from '../../places.ts';
import type { LabSystem } from '../system.ts';
import { trafficAddresses } from './addresses.ts';
import { BACKENDS } from './config.ts';
import { HAPROXY, haproxy, SOCKET, STATE_FILE } from './haproxy.ts';

export const traffic: LabSystem = {
  name: 'traffic',
  servers: [haproxy],
  endpoints: (slot) => Object.values(trafficAddresses(slot)),
  shown: (slot) => [
    ['items', urlOf(trafficAddresses(slot).items)],
    ['HAProxy', urlOf(trafficAddresses(slot).stats)],
  ],
  changeQueues: Object.keys(BACKENDS).map((name) => ({
    place: 'outside',
    queue: trafficQueue({ name: ESTATE_NAME }, name),
  })),
  programs: [{ program: HAPROXY, neededFor: 'the load balancer' }],
  obtain: async (onProgress) => {
    await obtainFromDebian(HAPROXY, onProgress);
  },
  estateSections: (slot) => ({
    traffic: {
      items: { ...section(slot, 'lifeboat', 'items'), shares: { 'us-central1': 50, 'europe-west1': 50 } },
      'items-auto': { ...section(slot, 'automatic', 'items-auto'), shares: { 'us-central1': 100, 'europe-west1': 0 } },
    },
  }),
};

/** An item that nobody stored: 404 where the service and its store answer. */
const DOOR_PATH = '/items/00000000-0000-4000-8000-000000000000';

function section(slot: number, rule: 'lifeboat' | 'automatic', backend: keyof typeof BACKENDS): object {
  const { items, itemsAuto, stats } = trafficAddresses(slot);
  return {
    kind: 'haproxy',
    service: 'items',
    rule,
    socket: SOCKET,
    stateFile: STATE_FILE,
    backend,
    stats: urlOf(stats),
    door: `${urlOf(backend === 'items' ? items : itemsAuto)}${DOOR_PATH}`,
    servers: byRegion((region) => region),
  };
}
