/**
 * The people who use the product: the load client with its ledger of acknowledged writes (`lab/product/load`), outside
 * both regions. It answers the estate's proofs.
 */
import { addressAt, byRegion, type Endpoint, urlOf } from '../../places.ts';
import { contactOf, credentialsOf } from '../cassandra/access.ts';
import { cassandra } from '../cassandra/cassandra.ts';
import { answers, nodeServer } from '../node-program.ts';
import { insideSocket, serviceEndpoints } from '../services/addresses.ts';
import { services } from '../services/services.ts';
import type { LabSystem } from '../system.ts';
import { trafficAddresses } from '../traffic/addresses.ts';
import { traffic } from '../traffic/traffic.ts';

/** Requests per second of a new lab: enough to see a fault within a second, little work for two cores. */
const LOAD_RPS = 20;

export function loadEndpoint(slot: number): Endpoint {
  return { address: addressAt(slot, 'outside', 40), port: 8100 };
}

const server = nodeServer({
  target: 'load',
  kind: 'load',
  place: 'outside',
  needs: [traffic, cassandra, services],
  entry: 'lab/product/load/main.ts',
  stopGraceMs: 5000,
  config: (instance, folder) => ({
    ...loadEndpoint(instance.slot),
    folder,
    target: urlOf(trafficAddresses(instance.slot).items),
    rps: LOAD_RPS,
    services: byRegion((region) => urlOf(serviceEndpoints(instance.slot)[region])),
    inside: byRegion((region) => insideSocket(instance, region)),
    cassandra: { ...credentialsOf(instance), datacentres: byRegion((region) => contactOf(instance, region)) },
  }),
  ready: (instance) => answers(`${urlOf(loadEndpoint(instance.slot))}/stats`),
});

export const load: LabSystem = {
  name: 'load',
  servers: [server],
  endpoints: (slot) => [loadEndpoint(slot)],
  estateSections: (slot) => {
    const url = urlOf(loadEndpoint(slot));
    return {
      proofs: [
        {
          name: 'item written before the fault reads back',
          url: `${url}/proofs/readable`,
          after: ['failover', 'failback'],
        },
        { name: 'no acknowledged write is lost', url: `${url}/proofs/lost`, after: ['failback'] },
      ],
    };
  },
};
