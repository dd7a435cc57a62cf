/** The control workers, outside both regions, and the agents (`worker/`): one process per change queue. */
import { join } from 'node:path';
import { ESTATE_NAME, estatePath } from '../../instance.ts';
import { type Place, REGIONS } from '../../places.ts';
import { secretPath } from '../../secrets.ts';
import { nodeServer } from '../node-program.ts';
import type { LabServer, LabSystem } from '../system.ts';
import { pollersReady } from '../temporal/pollers.ts';
import { temporal } from '../temporal/temporal.ts';
import { CONTROL_KEY } from './keys.ts';

const WORKER_STOP_GRACE_MS = 8000;

/** There are two, so that a run goes on at once when one of them is killed. */
export const CONTROLS: readonly LabServer[] = ['control', 'control-2'].map((target) =>
  nodeServer({
    target,
    kind: 'control',
    place: 'outside',
    needs: [temporal],
    entry: 'worker/main.ts',
    args: ['control'],
    stopGraceMs: WORKER_STOP_GRACE_MS,
    config: (instance, folder) => ({
      estate: estatePath(instance),
      folder,
      signerKeyFile: secretPath(instance, CONTROL_KEY),
      signer: 'control',
    }),
    ready: (instance) => pollersReady(instance, target, [`${ESTATE_NAME}.control`], 'TASK_QUEUE_TYPE_WORKFLOW'),
  }),
);

/** The agents that change these systems: one in each region for what stands there, one per system outside of both. */
export function agentsOf(systems: readonly LabSystem[]): readonly LabServer[] {
  const inRegions = REGIONS.map((region) =>
    agent({ target: `${region}/agent`, kind: 'agent', place: region, queues: queuesAt(region, systems) }),
  );
  const outside = systems
    .map((system) => ({ name: `${system.name}-agent`, queues: queuesAt('outside', [system]) }))
    .filter(({ queues }) => queues.length > 0)
    .map(({ name, queues }) => agent({ target: name, kind: name, place: 'outside', queues }));
  return [...inRegions, ...outside];
}

function queuesAt(place: Place, systems: readonly LabSystem[]): readonly string[] {
  const all = systems.flatMap((system) => system.changeQueues ?? []);
  return all.filter((one) => one.place === place).map((one) => one.queue);
}

interface Agent {
  readonly target: string;
  readonly kind: string;
  readonly place: Place;
  /** Of which nobody else may poll one (I3). */
  readonly queues: readonly string[];
}

function agent({ target, kind, place, queues }: Agent): LabServer {
  return nodeServer({
    target,
    kind,
    place,
    needs: [temporal],
    entry: 'worker/main.ts',
    args: ['agent'],
    stopGraceMs: WORKER_STOP_GRACE_MS,
    config: (instance, folder) => ({ estate: estatePath(instance), folder, marks: join(folder, 'marks'), queues }),
    ready: (instance) => pollersReady(instance, target, queues, 'TASK_QUEUE_TYPE_ACTIVITY'),
  });
}
