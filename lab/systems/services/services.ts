/**
 * The product's service (`lab/product/service`), once per region. Its very first start finds the marker `admitted`, no
 * later one. Its addresses are in `addresses.ts`.
 */

import { join } from 'node:path';
import { serviceQueue } from '../../../estate/services/queues.ts';
import { isThere, writeWhole } from '../../../host/whole-files.ts';
import { ESTATE_NAME } from '../../instance.ts';
import { byRegion, REGIONS, type Region, urlOf } from '../../places.ts';
import { type LabSecret, randomPassword, secretPath, secretReference } from '../../secrets.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import { contactOf, credentialsOf } from '../cassandra/access.ts';
import { cassandra } from '../cassandra/cassandra.ts';
import { nodeServer } from '../node-program.ts';
import type { LabServer, LabSystem } from '../system.ts';
import { insideSocket, serviceEndpoints } from './addresses.ts';

const ADMIN_TOKEN: LabSecret = { file: 'secrets/service', make: randomPassword };
const CAPACITY_PER_WORKER = 50;
const WORKERS = 4;

export const services: LabSystem = {
  name: 'services',
  servers: REGIONS.map(serviceIn),
  endpoints: (slot) => Object.values(serviceEndpoints(slot)),
  secrets: [ADMIN_TOKEN],
  changeQueues: REGIONS.map((region) => ({
    place: region,
    queue: serviceQueue({ name: ESTATE_NAME }, 'items', region),
  })),
  estateSections: (slot) => ({
    services: {
      items: {
        cluster: 'main',
        peak: 200,
        admin: secretReference(ADMIN_TOKEN),
        regions: byRegion((region) => ({
          url: urlOf(serviceEndpoints(slot)[region]),
          health: '/health',
          admin: '/admin',
          capacityPerWorker: CAPACITY_PER_WORKER,
          workers: WORKERS,
          maxWorkers: 16,
        })),
      },
    },
  }),
};

function serviceIn(region: Region): LabServer {
  return nodeServer({
    target: `${region}/service`,
    kind: 'service',
    place: region,
    needs: [cassandra],
    entry: 'lab/product/service/main.ts',
    stopGraceMs: 5000,
    config: async (instance, folder) => {
      await admitOnce(folder);
      return {
        region,
        ...serviceEndpoints(instance.slot)[region],
        folder,
        insideSocket: insideSocket(instance, region),
        cassandra: { ...contactOf(instance, region), datacentre: region, ...credentialsOf(instance) },
        tokenFile: secretPath(instance, ADMIN_TOKEN),
        workers: WORKERS,
        capacityPerWorker: CAPACITY_PER_WORKER,
      };
    },
    ready: (instance) => serviceReady(`${urlOf(serviceEndpoints(instance.slot)[region])}/health`),
  });
}

/**
 * Writes `admitted` for a service that never ran. The note that this was done comes after it: an interruption between
 * them happens before the first start, where doing it again is harmless.
 */
async function admitOnce(folder: string): Promise<void> {
  const note = join(folder, 'lab-admitted-once');
  if (isThere(note)) return;
  const now = `${new Date().toISOString()}\n`;
  await writeWhole(join(folder, 'admitted'), now);
  await writeWhole(note, now);
}

/** Healthy; or answering that it is not admitted, which the lab must not change: that is Lifeboat's to decide. */
async function serviceReady(url: string): Promise<Readiness> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  const body: unknown = await response.json();
  if (response.status === 200) return READY;
  if (typeof body !== 'object' || body === null) return notYet(`HTTP ${response.status}`);
  if ('admitted' in body && body.admitted === false) return READY;
  return notYet('why' in body ? String(body.why) : `HTTP ${response.status}`);
}
