/** Reading other runs and whether anyone polls the queues that a plan would use. */
import type { Client } from '@temporalio/client';
import type { Estate } from '../../estate/schema.ts';
import { others } from '../../runbooks/steps/runs.ts';
import { readLease } from '../lease/index.ts';
import { asSeen, type Implementations, implement } from '../step-implementation.ts';

/** TASK_QUEUE_TYPE_ACTIVITY of temporal.api.enums.v1. */
const ACTIVITY_QUEUE = 2;

/** A long poll lasts a minute, and a dead poller stays listed for five: one that has not asked for longer is gone. */
const POLLED_WITHIN_MS = 75_000;

export interface RunsDependencies {
  readonly estate: Pick<Estate, 'name'>;
  readonly client: Client;
}

export function createRunsSteps({ client, estate }: RunsDependencies): Implementations {
  return implement(others, {
    async read({ queues }, { run }) {
      const { holders } = await readLease(client, estate.name);
      const unpolled = await Promise.all(queues.map(async (queue) => ((await isPolled(client, queue)) ? [] : [queue])));
      return {
        holders: Object.entries(holders).flatMap(([scope, grant]) =>
          grant.run === run ? [] : [{ scope, run: grant.run, requester: grant.requester }],
        ),
        unpolled: unpolled.flat(),
      };
    },
    result: asSeen,
  });
}

async function isPolled(client: Client, queue: string): Promise<boolean> {
  return (await pollersOf(client, queue)).length > 0;
}

/** Identities of the workers that have lately asked a queue for activities. */
export async function pollersOf(client: Client, queue: string): Promise<string[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITY_QUEUE,
  });
  const now = Date.now();
  return (pollers ?? []).flatMap(({ identity, lastAccessTime }) =>
    now - Number(lastAccessTime?.seconds ?? 0) * 1_000 < POLLED_WITHIN_MS ? [identity ?? ''] : [],
  );
}
