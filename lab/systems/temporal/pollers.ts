/** Whether a worker of ours polls its task queues, asked of Temporal's HTTP API. */
import type { Instance } from '../../instance.ts';
import { urlOf } from '../../places.ts';
import { stateOf } from '../../processes.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import { temporalAddresses } from './addresses.ts';

export type QueueType = 'TASK_QUEUE_TYPE_WORKFLOW' | 'TASK_QUEUE_TYPE_ACTIVITY';

/** Temporal keeps a poller listed for minutes after its death, so only polls since the process's start count. */
export async function pollersReady(
  instance: Instance,
  target: string,
  queues: readonly string[],
  type: QueueType,
): Promise<Readiness> {
  const state = await stateOf(instance, target);
  if (state.kind !== 'running') return notYet('it is not running');
  for (const queue of queues) {
    const since = Date.parse(state.record.startedAt);
    const polled = (await lastPolls(instance, queue, type)).some((at) => at >= since);
    if (!polled) return notYet(`nobody polls ${queue}`);
  }
  return READY;
}

/** When each known poller last asked, in ms since the epoch. */
async function lastPolls(instance: Instance, queue: string, type: QueueType): Promise<number[]> {
  const base = `${urlOf(temporalAddresses(instance.slot).http)}/api/v1/namespaces/default`;
  const url = `${base}/task-queues/${encodeURIComponent(queue)}?taskQueueType=${type}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('pollers' in body) || !Array.isArray(body.pollers)) return [];
  return body.pollers.map((poller: { lastAccessTime?: string }) => Date.parse(poller.lastAccessTime ?? '') || 0);
}
