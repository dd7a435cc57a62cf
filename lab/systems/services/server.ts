/** The example service of a region (`lab/product/service`). Its very first start finds the marker `admitted`, no later one. */
import { join } from 'node:path';
import { isThere, writeWhole } from '../../../host/whole-files.ts';
import { CAPACITY_PER_WORKER, CASSANDRA_USER, WORKERS } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { CASSANDRA_PORTS, nodesOf, type Region, urlOf } from '../../places.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import { secretPath } from '../lifeboat/keys.ts';
import { createNodeServer } from '../node-program.ts';
import type { LabServer } from '../system.ts';

export function createServiceServer(instance: Instance, region: Region): LabServer {
  const endpoint = instance.plan.services[region];
  return createNodeServer(instance, {
    target: `${region}/service`,
    kind: 'service',
    place: region,
    needs: ['cassandra'],
    entry: 'lab/product/service/main.ts',
    stopGraceMs: 5000,
    config: async (folder) => {
      await admitOnce(folder);
      return {
        region,
        ...endpoint,
        folder,
        insideSocket: insideSocket(instance, region),
        cassandra: {
          contactPoints: nodesOf(instance.plan, region).map((node) => node.address),
          port: CASSANDRA_PORTS.native,
          datacentre: region,
          username: CASSANDRA_USER,
          passwordFile: secretPath(instance, 'cassandra'),
        },
        tokenFile: secretPath(instance, 'service'),
        workers: WORKERS,
        capacityPerWorker: CAPACITY_PER_WORKER,
      };
    },
    ready: () => serviceReady(`${urlOf(endpoint)}/health`),
  });
}

/** Where people inside the region reach its service; a cut does not touch it. */
export function insideSocket(instance: Instance, region: Region): string {
  // Short: a socket's path has at most 107 bytes, and a checkout may lie deep.
  return join(instance.root, 'run', `${region}.sock`);
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
