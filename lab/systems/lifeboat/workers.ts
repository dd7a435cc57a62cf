/** The control worker, outside both regions, and each region's agent (`worker/`): one process per change queue. */
import { join } from 'node:path';
import { ESTATE_NAME, estatePath } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { nodesOf, type Region } from '../../places.ts';
import { createNodeServer } from '../node-program.ts';
import type { LabServer } from '../system.ts';
import { pollersReady } from '../temporal/pollers.ts';
import { controlKeyPath } from './keys.ts';

const WORKER_STOP_GRACE_MS = 8000;

/** There are two, so that a run goes on at once when one of them is killed. */
export const CONTROL_TARGETS = ['control', 'control-2'] as const;

export function createControlServer(instance: Instance, target: (typeof CONTROL_TARGETS)[number]): LabServer {
  return createNodeServer(instance, {
    target,
    kind: 'control',
    place: 'outside',
    needs: ['temporal'],
    entry: 'worker/main.ts',
    args: ['control'],
    stopGraceMs: WORKER_STOP_GRACE_MS,
    config: (folder) => ({
      estate: estatePath(instance),
      folder,
      signerKeyFile: controlKeyPath(instance),
      signer: 'control',
    }),
    ready: () => pollersReady(instance, target, [`${ESTATE_NAME}.control`], 'TASK_QUEUE_TYPE_WORKFLOW'),
  });
}

export function createRegionAgent(instance: Instance, region: Region): LabServer {
  const nodes = nodesOf(instance.plan, region).map((node) => `${ESTATE_NAME}.agent.cassandra.main.${node.name}`);
  return createAgent(instance, `${region}/agent`, region, [`${ESTATE_NAME}.agent.service.items.${region}`, ...nodes]);
}

/** An agent for the given change queues, of which nobody else may poll one (I3). */
export function createAgent(
  instance: Instance,
  target: string,
  place: Region | 'outside',
  queues: readonly string[],
): LabServer {
  return createNodeServer(instance, {
    target,
    kind: place === 'outside' ? 'traffic-agent' : 'agent',
    place,
    needs: ['temporal'],
    entry: 'worker/main.ts',
    args: ['agent'],
    stopGraceMs: WORKER_STOP_GRACE_MS,
    config: (folder) => ({ estate: estatePath(instance), folder, marks: join(folder, 'marks'), queues }),
    ready: () => pollersReady(instance, target, queues, 'TASK_QUEUE_TYPE_ACTIVITY'),
  });
}
