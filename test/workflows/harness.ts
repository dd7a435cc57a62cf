/**
 * The workflow tests' harness: Temporal under time skipping, workers for every queue, and a memory estate per test.
 *
 *   harness/server.ts    Temporal, and the workflows' bundle
 *   harness/workers.ts   one worker per queue, shared
 *   harness/stage.ts     a test's own memory estate
 *   harness/operator.ts  people who start runs and decide
 *   harness/people.ts    their keys        harness/estate.ts   the example estate with these keys
 *
 * No test sleeps for a fixed time: `until` looks again until what is waited for holds, and skips Temporal's time on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RunStatus, RunView } from '../../kernel/run/state.ts';
import { ENDED } from '../../kernel/run/state.ts';
import { type Running, type StartOptions, startRun } from './harness/operator.ts';
import { devServer, timeSkippingServer } from './harness/server.ts';
import { createStage, type Stage, type StageOptions } from './harness/stage.ts';
import { startWorkers, type WorkersOptions } from './harness/workers.ts';

export { busy, expiring, oneEntrance } from './harness/estate.ts';
export type { Answer, DecideOptions, Running } from './harness/operator.ts';
export { BOT, PEOPLE, SIGNER, STRANGER, type Who } from './harness/people.ts';
export type { Around, Stage, StageOptions } from './harness/stage.ts';

const POLL_MS = 5;
const STOP_POLL_MS = 250;
/** Real time after which a test that waits has failed. */
const PATIENCE_MS = 20_000;

export interface Harness {
  readonly environment: TestWorkflowEnvironment;
  readonly client: Client;
  /** Ends every worker, with whatever it was doing, and starts others after `meanwhile`. */
  replaceWorkers(meanwhile: () => Promise<void>): Promise<void>;
  /** Takes away the one worker of a queue, as when its agent is down, and brings it back. */
  stopPolling(queue: string): Promise<void>;
  resumePolling(queue: string): Promise<void>;
  /** Temporal's clock. */
  now(): Promise<number>;
  stage(options?: StageOptions): Stage;
  start(stage: Stage, options?: StartOptions): Promise<Running>;
  /** Looks until it holds; Temporal's time goes on by `skipMs` between two looks (0: not skipped). */
  until(running: Running, holds: (view: RunView) => boolean, skipMs?: number): Promise<RunView>;
  /** `until` for a status; a run that ended otherwise fails at once. */
  reaches(running: Running, status: RunStatus, skipMs?: number): Promise<RunView>;
  /** A run that waits at its gate. */
  atGate(stage: Stage, options?: StartOptions): Promise<Running>;
  /** A run that ben has approved. */
  approved(stage: Stage, options?: StartOptions): Promise<Running>;
  /** Skips time until the run has ended; fails when it asks or is paused instead. */
  ends(running: Running): Promise<RunView>;
  close(): Promise<void>;
}

/** @param options `realTime`: on Temporal's development server, which skips no time and loses no update */
export async function startHarness(options: WorkersOptions & { readonly realTime?: boolean } = {}): Promise<Harness> {
  const skipsTime = !options.realTime;
  const environment = skipsTime ? await timeSkippingServer() : await devServer();
  let workers = await startWorkers(environment, options);
  const { client } = environment;
  const now = (): Promise<number> => environment.currentTimeMs();

  async function until(running: Running, holds: (view: RunView) => boolean, skipMs = 0): Promise<RunView> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const view = await running.state();
      if (holds(view)) return view;
      if (ENDED.includes(view.status) || Date.now() > giveUpAt) throw unexpected(view);
      if (skipMs > 0) await environment.sleep(skipMs);
      else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  const reaches: Harness['reaches'] = (running, status, skipMs) =>
    until(running, (view) => view.status === status, skipMs);
  async function atGate(stage: Stage, startOptions?: StartOptions): Promise<Running> {
    const running = await startRun(client, stage, now, startOptions);
    await reaches(running, 'gate');
    return running;
  }
  async function approved(stage: Stage, startOptions?: StartOptions): Promise<Running> {
    const running = await atGate(stage, startOptions);
    const { refused, say } = await running.decide('approve', 'ben');
    if (refused !== undefined) throw new Error(`ben's approval was refused: ${refused}: ${say}`);
    return running;
  }
  async function ends(running: Running): Promise<RunView> {
    const ended: Promise<RunView> = running.handle.result();
    const over = new AbortController();
    const stopped = watchForStop(running, over.signal);
    try {
      const view = await Promise.race([ended, stopped]);
      return view ?? (await ended);
    } finally {
      over.abort();
      ended.catch(() => undefined);
      // A look that is under way must not outlive the server.
      await stopped.catch(() => undefined);
    }
  }

  return {
    environment,
    client,
    async replaceWorkers(meanwhile) {
      await workers.stop();
      await meanwhile();
      workers = await startWorkers(environment, { ...options, homes: workers.homes });
    },
    stopPolling: (queue) => workers.stopPolling(queue),
    resumePolling: (queue) => workers.resumePolling(queue),
    now,
    atGate,
    approved,
    ends,
    stage: (stageOptions) => createStage(client, workers, { ...stageOptions, skipsTime }),
    start: (stage, startOptions) => startRun(client, stage, now, startOptions),
    until,
    reaches,
    async close() {
      await workers.stop();
      await environment.teardown();
    },
  };
}

/** Rejects when the run waits for people, who will not come; resolves when it is over. */
async function watchForStop(running: Running, over: AbortSignal): Promise<undefined> {
  while (!over.aborted) {
    await sleep(STOP_POLL_MS, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    const view = await running.state();
    if (!over.aborted && ['question', 'paused'].includes(view.status)) throw unexpected(view);
  }
}

function unexpected(view: RunView): Error {
  const last = view.timeline.slice(-12).map(({ kind, id, say }) => `  ${kind} ${id} ${say}`);
  return new Error(`It never came to that; the run is ${view.status}:\n${last.join('\n')}`);
}
