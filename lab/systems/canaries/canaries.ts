/** The canary writer (`worker/`), outside both regions: it keeps the acknowledged sequences off the regions. */
import { estatePath } from '../../instance.ts';
import { addressAt, type Endpoint, urlOf } from '../../places.ts';
import { cassandra } from '../cassandra/cassandra.ts';
import { answers, nodeServer } from '../node-program.ts';
import type { LabSystem } from '../system.ts';
import { temporal } from '../temporal/temporal.ts';

const NAME = 'main';

export function canaryEndpoint(slot: number): Endpoint {
  return { address: addressAt(slot, 'outside', 41), port: 8101 };
}

const server = nodeServer({
  target: 'canary',
  kind: 'canary',
  place: 'outside',
  needs: [cassandra, temporal],
  entry: 'worker/main.ts',
  args: ['canary'],
  stopGraceMs: 5000,
  config: (instance, folder) => ({
    estate: estatePath(instance),
    folder,
    name: NAME,
    ...canaryEndpoint(instance.slot),
  }),
  ready: (instance) => answers(urlOf(canaryEndpoint(instance.slot))),
});

export const canaries: LabSystem = {
  name: 'canaries',
  servers: [server],
  endpoints: (slot) => [canaryEndpoint(slot)],
  estateSections: (slot) => ({
    canaries: { [NAME]: { cluster: 'main', keyspace: 'lifeboat', every: '2s', report: urlOf(canaryEndpoint(slot)) } },
  }),
};
