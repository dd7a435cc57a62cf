/**
 * Looks at the runs: the list once a second, each open run four times a second. Its scenes are all that the projector
 * posts from, so a bot that was down sees the same as one that was not (I10).
 *
 * Must never happen: a loop that ends because Temporal is away; it waits longer each time, and goes on.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Lifeboat, RunSummary } from '../../client/api.ts';
import { isPlanOf } from '../../client/runs/shown.ts';
import { pendingIfAny } from '../../client/runs/under-way.ts';
import { backoffMs } from '../../kernel/backoff.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import { hasEnded, type RunView } from '../../kernel/run/state.ts';
import type { PendingCall } from '../../kernel/run/under-way.ts';
import { errorData, type Log } from '../log.ts';

export interface Watched {
  readonly run: string;
  view: RunView | undefined;
  /** When it answered last, in milliseconds since 1970. */
  readAtMs: number;
  plan: Plan | null;
  /** Of what `plan` was read, so that it is read again when it changed. */
  planOf: string;
  /** Calls that the run waits for. */
  pending: readonly PendingCall[];
  nextPendingMs: number;
  nextLookMs: number;
  /** A question to it is under way. */
  busy: boolean;
  failures: number;
}

export interface Watcher {
  /** Begins to look at whatever is due; waits for nothing, so that one run without a worker does not hide the others. */
  look(): void;
  /** A run that is known before the list shows it; looked at at once. */
  notice(run: string): void;
  watched(): readonly Watched[];
  /** Resolves when no question is under way: a connection must not be closed under one. Never rejects. */
  settled(): Promise<void>;
  /** Nothing about it will change any more. */
  forget(run: string): void;
  /** Whether Temporal answered last time. */
  answers(): boolean;
}

const LIST_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 250;
const PENDING_EVERY_MS = 2_000;
const MAX_WAIT_MS = 10_000;
const LIST_LIMIT = 50;
/** Runs that closed before a bot ever saw them are shown if they began within this time. */
export const LOOK_BACK_MS = 24 * 3_600_000;

/** Of whoever asks Temporal or Slack and was not answered. */
export const RETRY = { firstMs: 500, mostMs: MAX_WAIT_MS };

export interface WatcherOptions {
  readonly lifeboat: Pick<Lifeboat, 'list' | 'state' | 'plan' | 'pending'>;
  readonly now: () => number;
  readonly log: Log;
}

export function createWatcher({ lifeboat, now, log }: WatcherOptions): Watcher {
  const runs = new Map<string, Watched>();
  const forgotten = new Set<string>();
  const underWay = new Set<Promise<void>>();
  let nextListMs = 0;
  let listFailures = 0;
  let listed = false;

  function track(run: string): Watched {
    const known = runs.get(run);
    if (known !== undefined) return known;
    const fresh: Watched = {
      run,
      view: undefined,
      readAtMs: now(),
      plan: null,
      planOf: '',
      pending: [],
      nextPendingMs: 0,
      nextLookMs: 0,
      busy: false,
      failures: 0,
    };
    runs.set(run, fresh);
    return fresh;
  }

  async function list(): Promise<void> {
    nextListMs = Number.POSITIVE_INFINITY;
    try {
      const all = await lifeboat.list({ limit: LIST_LIMIT });
      for (const one of all) if (isWanted(one)) track(one.run);
      if (listFailures > 0) log('info', 'Temporal answers again');
      listFailures = 0;
      listed = true;
      nextListMs = now() + LIST_EVERY_MS;
    } catch (error) {
      listFailures += 1;
      if (listFailures === 1) log('warn', 'the runs cannot be listed', errorData(error));
      nextListMs = now() + backoffMs(listFailures, RETRY);
    }
  }

  function isWanted({ run, closed, startedAt }: RunSummary): boolean {
    return !forgotten.has(run) && (!closed || now() - startedAt < LOOK_BACK_MS);
  }

  async function lookAt(one: Watched): Promise<void> {
    one.busy = true;
    try {
      const view = await lifeboat.state(one.run);
      const planOf = `${view.attempt} ${view.planHash} ${view.evidenceHashes.at(-1) ?? ''}`;
      if (planOf !== one.planOf && view.planHash !== '') {
        const answer = await lifeboat.plan(one.run);
        // Another attempt between the two questions: the next look sees both.
        if (!isPlanOf(view, answer)) return;
        one.plan = answer.plan;
        one.planOf = planOf;
      }
      await lookWhatRuns(one, view);
      one.view = view;
      one.readAtMs = now();
      one.failures = 0;
      one.nextLookMs = now() + (hasEnded(view) ? MAX_WAIT_MS : LOOK_EVERY_MS);
    } catch (error) {
      one.failures += 1;
      if (one.failures === 1) log('warn', 'a run cannot be read', { run: one.run, ...errorData(error) });
      one.nextLookMs = now() + backoffMs(one.failures, RETRY);
    } finally {
      one.busy = false;
    }
  }

  /** The same list stays while nothing in it is new: a card is made again only for what is. */
  async function lookWhatRuns(one: Watched, view: RunView): Promise<void> {
    if (now() < one.nextPendingMs && view.cursor === one.view?.cursor && view.status === one.view.status) return;
    one.nextPendingMs = now() + PENDING_EVERY_MS;
    const pending = await pendingIfAny(lifeboat, view);
    if (!isDeepStrictEqual(pending, one.pending)) one.pending = pending;
  }

  /** Both end without rejecting. */
  function ask(question: Promise<void>): void {
    const asked = question.finally(() => underWay.delete(asked));
    underWay.add(asked);
  }

  return {
    settled: async () => {
      await Promise.all(underWay);
    },
    look: () => {
      if (now() >= nextListMs) ask(list());
      for (const one of runs.values()) if (!one.busy && now() >= one.nextLookMs) ask(lookAt(one));
    },
    notice: (run) => {
      forgotten.delete(run);
      track(run).nextLookMs = 0;
    },
    watched: () => [...runs.values()],
    forget: (run) => {
      runs.delete(run);
      forgotten.add(run);
    },
    answers: () => listed && listFailures === 0,
  };
}
