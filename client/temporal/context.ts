/** What every part of the client needs, and the one way in which it calls Temporal: bounded, with our own errors. */
import type { Client } from '@temporalio/client';
import type { Estate } from '../../estate/schema.ts';
import type { LifeboatError } from '../../kernel/errors.ts';
import { controlQueueOf } from '../../kernel/run/messages.ts';
import type { Signer } from '../api.ts';
import { type Doing, failureOf, isTimeout, noWorker, slowWorker, unreachable } from './failures.ts';

export interface ClientContext {
  readonly estate: Estate;
  readonly digest: string;
  readonly signer: Signer;
  readonly client: Client;
  /** Milliseconds since 1970: the time that decisions carry. Deadlines of calls follow the machine's own clock. */
  readonly clock: () => number;
}

/** Calls that need no worker. */
export const SERVER_TIMEOUT_MS = 5_000;
/** Calls that a worker must answer; one that was killed has its next task handed on after 2 s. */
export const WORKER_TIMEOUT_MS = 10_000;
/** A task of a worker that was killed is handed on after this long; Temporal's default of 10 s is too long here. */
export const WORKFLOW_TASK_TIMEOUT_MS = 2_000;
const SECOND_LOOK_MS = 1_500;

/** @throws LifeboatError in place of whatever `call` threw. */
export async function bounded<T>(
  { client, estate }: ClientContext,
  timeoutMs: number,
  doing: Doing,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + timeoutMs, call);
  } catch (error) {
    if (isTimeout(error)) throw await unanswered({ client, estate }, doing);
    throw failureOf(error, { queue: controlQueueOf(estate.name), ...doing });
  }
}

/** Why nobody answered in time: Temporal itself, no worker, or one that takes longer. */
export async function unanswered(
  { client, estate }: Pick<ClientContext, 'client' | 'estate'>,
  doing: Doing,
): Promise<LifeboatError> {
  const queue = controlQueueOf(estate.name);
  if (!(await serverAnswers(client))) return unreachable(doing.where);
  return (await isPolled(client, queue)) ? slowWorker(doing) : noWorker({ queue, ...doing });
}

/** A worker that waits for work asks anew at least once a minute; one that died stays listed for longer. */
const POLLED_WITHIN_MS = 70_000;
const TASK_QUEUE_TYPE_WORKFLOW = 1;

async function isPolled(client: Client, queue: string): Promise<boolean> {
  try {
    const { namespace } = client.options;
    const question = { namespace, taskQueue: { name: queue }, taskQueueType: TASK_QUEUE_TYPE_WORKFLOW };
    const { pollers } = await client.withDeadline(Date.now() + SECOND_LOOK_MS, () =>
      client.workflowService.describeTaskQueue(question),
    );
    const since = Date.now() - POLLED_WITHIN_MS;
    return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since);
  } catch {
    return false;
  }
}

/** A call that timed out says not who was silent; Temporal itself is asked once more, without a worker. */
async function serverAnswers(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + SECOND_LOOK_MS, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
