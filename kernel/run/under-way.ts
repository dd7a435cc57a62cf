/**
 * Which step of its plan a run carries out at this moment, and how far that is: what a person asks of a step that takes hours.
 * Pure; the plan says which steps may run, Temporal which calls do, and the heartbeat of each how far it is.
 *
 * Must never happen: time or percent of another step than the one that is named; what is not told is left out (I11).
 */
import { formatDuration } from '../duration.ts';
import { asClause } from '../errors.ts';
import { type Plan, stepsOf } from '../plan/plan.ts';
import type { RunView } from './state.ts';

/** A call that Temporal has handed out, or is about to. */
export interface PendingCall {
  /** Name of the step: `cassandra.repair`. */
  readonly step: string;
  /** Undefined where the server is too old to say it. */
  readonly queue: string | undefined;
  /** Milliseconds since 1970 since when this try runs; null where no worker has taken it yet. */
  readonly since: number | null;
  /** From 1. */
  readonly tries: number;
  /** What its last heartbeat said; 0 to 1. */
  readonly fraction: number | null;
  readonly say: string;
}

export interface StepUnderWay extends Omit<PendingCall, 'step' | 'queue' | 'fraction'> {
  /** The plan's sentence, which names what is done to what. */
  readonly sentence: string;
  /** Whole percent. */
  readonly percent: number | null;
}

/** @param pending in the order in which they were begun */
export function underWayIn(
  { core, view: { says } }: Plan,
  view: Pick<RunView, 'status' | 'cursor' | 'done' | 'undo'>,
  pending: readonly PendingCall[],
): StepUnderWay[] {
  const waiting = candidatesIn(core, view).map(({ id, ...rest }) => ({
    sentence: rest.say ?? says[id] ?? id,
    ...rest,
  }));
  return pending.flatMap(({ step, queue, fraction, ...rest }) => {
    const at = waiting.findIndex(({ call }) => call.step === step && (queue === undefined || call.queue === queue));
    const [found] = at === -1 ? [] : waiting.splice(at, 1);
    if (found === undefined) return [];
    return [{ ...rest, sentence: found.sentence, percent: fraction === null ? null : Math.floor(fraction * 100) }];
  });
}

/** Steps that may run now, in the order in which they are begun. */
function candidatesIn(core: Plan['core'], { status, cursor, done, undo }: Parameters<typeof underWayIn>[1]) {
  if (status === 'undoing') {
    const left = undo.filter(({ state }) => state === 'pending').toReversed();
    return left.map(({ stepId, call, say }) => ({ id: stepId, call, say }));
  }
  const entry = core.entries[cursor];
  if (status !== 'running' || entry === undefined) return [];
  return stepsOf(entry)
    .filter(({ id }) => !done.includes(id))
    .map(({ id, call }) => ({ id, call, say: undefined }));
}

/** How far a step is: `42 %, repairing shop on us-1 (3 of 9 jobs), about 17 min left`; empty where nothing is told. */
export function farText({ percent, say, since, tries }: StepUnderWay, now: number): string {
  return [
    ...(tries > 1 ? [`try ${tries}`] : []),
    ...(percent === null ? [] : [`${percent} %`]),
    ...(say === '' ? [] : [asClause(say)]),
    ...(percent === null || since === null ? [] : leftText(percent, now - since, tries)),
  ].join(', ');
}

/** Of a first try only: a later one goes on where the one before it was, so that its time says nothing of its rate. */
function leftText(percent: number, elapsedMs: number, tries: number): string[] {
  if (tries > 1 || percent <= 0 || percent >= 100 || elapsedMs < RATE_AFTER_MS) return [];
  return [`about ${formatDuration(Math.round((elapsedMs * (100 - percent)) / percent / 1_000) * 1_000)} left`];
}

/** Before that a rate is a guess. */
const RATE_AFTER_MS = 10_000;
