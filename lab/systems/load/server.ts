/** The load client with its ledger of acknowledged writes (`lab/product/load`), outside both regions. */
import { CASSANDRA_USER } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { CASSANDRA_PORTS, nodesOf, REGIONS, urlOf } from '../../places.ts';
import { secretPath } from '../lifeboat/keys.ts';
import { answers, createNodeServer } from '../node-program.ts';
import { insideSocket } from '../services/server.ts';
import type { LabServer } from '../system.ts';

/** Requests per second of a new lab: enough to see a fault within a second, little work for two cores. */
export const LOAD_RPS = 20;

export function createLoadServer(instance: Instance): LabServer {
  const { plan } = instance;
  return createNodeServer(instance, {
    target: 'load',
    kind: 'load',
    place: 'outside',
    needs: ['haproxy', 'cassandra', 'service'],
    entry: 'lab/product/load/main.ts',
    stopGraceMs: 5000,
    config: (folder) => ({
      ...plan.load,
      folder,
      target: urlOf(plan.haproxy.items),
      rps: LOAD_RPS,
      services: Object.fromEntries(REGIONS.map((region) => [region, urlOf(plan.services[region])])),
      inside: Object.fromEntries(REGIONS.map((region) => [region, insideSocket(instance, region)])),
      cassandra: {
        username: CASSANDRA_USER,
        passwordFile: secretPath(instance, 'cassandra'),
        datacentres: Object.fromEntries(
          REGIONS.map((region) => [
            region,
            { contactPoints: nodesOf(plan, region).map((node) => node.address), port: CASSANDRA_PORTS.native },
          ]),
        ),
      },
    }),
    ready: () => answers(`${urlOf(plan.load)}/stats`),
  });
}
