/**
 * One full repair of a node's primary ranges, across all datacentres: begin, follow, wait for what it left behind.
 *
 * Must never happen: two repairs of one keyspace at once on a node. A try that was cut short leaves its repair running
 * (it does no harm, I9); the next try finds it and waits. Cassandra forgets a running repair when it restarts, so then
 * the history has no success and it begins anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LifeboatError, passing, refusal } from '../../kernel/errors.ts';
import type { Context } from '../step-implementation.ts';
import { type Jolokia, STORAGE_SERVICE } from './jolokia.ts';
import type { PinnedClient } from './pinned-client.ts';
import { type RunningRepair, readRunning } from './running.ts';

export interface RepairTools {
  readonly node: string;
  readonly keyspace: string;
  readonly jolokia: Jolokia;
  readonly client: PinnedClient;
  readonly context: Context;
}

const POLL_MS = 250;
const SLOW_POLL_MS = 2_000;
/** Most repairs of a small table are over by then; for a long one its own node is asked less often. */
const QUICK_FOR_MS = 10_000;
/** Over a repair of hours the control plane may be slow for a while; this is no failure of the repair. */
const SILENT_LIMIT_MS = 30_000;
const CAUSE_LIMIT = 300;

/** Waits until no repair of the keyspace that this node leads is running. */
export async function waitForRunning(tools: RepairTools): Promise<void> {
  const { client, keyspace, context, node } = tools;
  for (;;) {
    const running = await readRunning(client, keyspace);
    const [first] = running;
    if (first === undefined) return;
    context.progress(
      first.fraction,
      `waiting for the repair of ${keyspace} that already runs on ${node}${saidOf(first)}`,
    );
    await sleep(POLL_MS * 4, undefined, { signal: context.signal });
  }
}

/** @throws LifeboatError `repair-failed` with Cassandra's cause, `repair-unknown` (both may pass), `nothing-to-repair` */
export async function repairNow(tools: RepairTools): Promise<void> {
  const { jolokia, keyspace, node, context } = tools;
  const options = {
    primaryRange: 'true',
    incremental: 'false',
    parallelism: 'parallel',
    jobThreads: '1',
    trace: 'false',
  };
  const command = await jolokia.call(
    STORAGE_SERVICE,
    'repairAsync(java.lang.String,java.util.Map)',
    [keyspace, options],
    context.signal,
  );
  if (typeof command !== 'number' || command === 0) {
    throw refusal(
      'nothing-to-repair',
      `${node} has nothing to repair in ${keyspace}.`,
      `${keyspace} on ${node}`,
      'A repair needs at least two replicas; see the replication of the keyspace.',
    );
  }
  await follow(tools, command);
}

async function follow(tools: RepairTools, command: number): Promise<void> {
  const { node, keyspace, context } = tools;
  const where = `${keyspace} on ${node}`;
  const begunAtMs = performance.now();
  let heardAtMs = begunAtMs;
  for (;;) {
    const pollMs = performance.now() - begunAtMs < QUICK_FOR_MS ? POLL_MS : SLOW_POLL_MS;
    await sleep(pollMs, undefined, { signal: context.signal });
    try {
      const status = await statusOf(tools, command);
      const mine = (await readRunning(tools.client, keyspace)).find((one) => one.command === command);
      heardAtMs = performance.now();
      if (status.is === 'completed') return context.progress(1, `repaired ${where}`);
      if (status.is === 'failed') {
        throw passing(
          'repair-failed',
          `The repair of ${where} failed: ${status.why}`,
          where,
          'Every replica must be up and sound. Mend what it names, then try again.',
        );
      }
      if (status.is === 'unknown') {
        throw passing(
          'repair-unknown',
          `${node} knows nothing of the repair of ${where} any more.`,
          where,
          'It was restarted, most likely; try again.',
        );
      }
      context.progress(mine?.fraction ?? null, `repairing ${where}${mine ? saidOf(mine) : ''}`);
    } catch (error) {
      context.signal.throwIfAborted();
      const silent = LifeboatError.is(error) && ['jolokia-unreachable', 'cassandra-unavailable'].includes(error.type);
      if (!silent || performance.now() - heardAtMs > SILENT_LIMIT_MS) throw error;
      context.progress(null, `${node} does not answer for the moment`);
    }
  }
}

type Status = { readonly is: 'running' | 'completed' | 'unknown' } | { readonly is: 'failed'; readonly why: string };

async function statusOf({ jolokia, context }: RepairTools, command: number): Promise<Status> {
  return parseStatus(await jolokia.call(STORAGE_SERVICE, 'getParentRepairStatus(int)', [command], context.signal));
}

/** `getParentRepairStatus`: null, or a list of the status and its messages. Pure. */
export function parseStatus(answer: unknown): Status {
  const [status, ...messages] = z.array(z.string()).safeParse(answer).data ?? [];
  switch (status) {
    case 'COMPLETED':
      return { is: 'completed' };
    case 'IN_PROGRESS':
      return { is: 'running' };
    case 'FAILED': {
      const why = messages
        .join('; ')
        .replaceAll(/[\s\p{C}]+/gu, ' ')
        .trim();
      return { is: 'failed', why: why.slice(0, CAUSE_LIMIT) || 'it gives no cause' };
    }
    default:
      return { is: 'unknown' };
  }
}

function saidOf({ done, of }: RunningRepair): string {
  return of === 0 ? '' : ` (${done} of ${of} jobs)`;
}
