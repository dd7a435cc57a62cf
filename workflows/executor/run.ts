/**
 * The run in the executor's hands: its state, its clock, and the two ways in which it speaks to the world (control
 * activities and step activities). Everything else in this folder works on it:
 *
 *   index.ts      from one entry of the plan to the next
 *   planning.ts   probe → plan, and re-plan at a step boundary
 *   gates.ts      waiting for people
 *   policy.ts     runs without people: their id, and how they pass a gate
 *   stepping.ts   steps, their undo pushed before them, their fences; permits.ts the permits at hand
 *   holds.ts      waiting while health is sampled
 *   giving-back.ts  the way back where the destination fails
 *   undoing.ts    taking back, in reverse
 *   asking.ts     stop and ask; waiting while paused
 *   leasing.ts    scopes of a phase
 *   ending.ts     record, release, how it ended
 *   handlers.ts   decisions that arrive, and the queries; details.ts the same for Temporal's own UI
 *   failures.ts   what a failed activity tells
 *
 * Three kinds of state, kept apart. What the run **is** (`RunState`) survives continue-as-new and is all that does. What it
 * has **at hand** (permits, a minting under way, its probes) can be asked for again and is never carried over. What it
 * **shows** (status, view, details) follows from the first and is never set. `state.doing` says what it does now: each
 * phase enters its own, and no function sees what another phase carries.
 */

import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ActivityCancellationType,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Permit } from '../../kernel/authority/permit.ts';
import { policyOf } from '../../kernel/decision/policy.ts';
import type { Call, PlanCore } from '../../kernel/plan/plan.ts';
import { choicesAfterFailure } from '../../kernel/run/choices.ts';
import type { ControlActivities, Opened } from '../../kernel/run/control.ts';
import type { Dispatch, StepAnswer } from '../../kernel/run/dispatch.ts';
import { controlQueueOf } from '../../kernel/run/messages.ts';
import { SEARCH_ATTRIBUTES } from '../../kernel/run/search-attributes.ts';
import type { Choice, Doing, Interruption, RunState, TimelineItem } from '../../kernel/run/state.ts';
import { summaryOf } from '../../kernel/run/summary.ts';
import { coreIn, statusOf } from '../../kernel/run/view.ts';
import { detailsOf } from './details.ts';
import { factsOfFailure } from './failures.ts';

/** More than any run writes whose people sleep at night; the oldest go first, so that the state stays small. */
const MAX_TIMELINE = 1_500;
/** A queue that no one polls for this long means: the agent is down. */
const CHANGE_SCHEDULE_TO_START_MS = 10_000;
const READ_SCHEDULE_TO_START_MS = 2_000;
/** Planning for 1,000 nodes takes 0.1 s (bench plan); a busy machine gets fifty times that, and then another try. */
const CONTROL_WITHIN_MS = 5_000;
/** Control activities change nothing in the estate, and are safe to make again. */
const CONTROL_TRIES = 12;
/** Reports may lie on a bucket's or another host's disk. */
const RECORD_WITHIN_MS = 20_000;

export interface Run {
  readonly state: RunState;
  /** Permits at hand; never carried over, minted again when missing or expired. */
  readonly permits: Map<string, Permit>;
  /** How many permits were asked for last. */
  batch: number;
  /** A minting that is under way; it never rejects. */
  minting: Promise<void> | null;
  /** Its probes on the present estate file; never carried over. */
  opened: Opened | null;
  now(): number;
  core(): PlanCore;
  note(item: Omit<TimelineItem, 'at'>): void;
  /** Goes over to doing something else, and shows it. */
  enter(doing: Doing): void;
  /** Waits for people in the midst of what it is doing; null when it goes on. */
  interrupt(interruption: Interruption | null): void;
  control<K extends keyof ControlActivities>(
    name: K,
    input: Parameters<ControlActivities[K]>[0],
    summary: string,
  ): Promise<Awaited<ReturnType<ControlActivities[K]>>>;
  /** Calls a step's activity; throws only StepFailure. */
  call(
    call: Call,
    dispatch: Omit<Dispatch, 'run' | 'runStartedAt' | 'args' | 'estateDigest'>,
    options: CallOptions,
  ): Promise<StepAnswer>;
}

export interface CallOptions {
  readonly summary: string;
  readonly estateDigest: string;
  /** Milliseconds until a read is given up, waiting for a worker included. */
  readonly within?: number;
}

/** The run of a state, new or carried over. */
export function runOf(state: RunState): Run {
  const queue = controlQueueOf(state.request.estate);
  let shownPhase = '';
  const showPhase = (phase: string): void => {
    if (phase === shownPhase) return;
    shownPhase = phase;
    upsertSearchAttributes([{ key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD'), value: phase }]);
  };
  const show = (): void => {
    setCurrentDetails(detailsOf(state));
    showPhase(phaseName(state));
  };
  const run: Run = {
    state,
    permits: new Map(),
    batch: 50,
    minting: null,
    opened: null,
    now: () => Date.now(),
    core() {
      const core = state.plan && state.cores[state.plan.hash];
      if (core) return core;
      throw new Error('The run has no plan yet.');
    },
    note(item) {
      state.timeline.push({ at: Date.now(), ...item });
      if (state.timeline.length > MAX_TIMELINE) state.timeline.splice(0, state.timeline.length - MAX_TIMELINE);
    },
    enter(doing) {
      state.doing = doing;
      show();
    },
    interrupt(interruption) {
      state.interruption = interruption;
      show();
    },
    async control<K extends keyof ControlActivities>(
      name: K,
      input: Parameters<ControlActivities[K]>[0],
      summary: string,
    ): Promise<Awaited<ReturnType<ControlActivities[K]>>> {
      const activities = proxyActivities<ControlActivities>({
        taskQueue: queue,
        // Short, because a worker that is killed in the middle is noticed only by it.
        startToCloseTimeout: name === 'run.record' ? RECORD_WITHIN_MS : CONTROL_WITHIN_MS,
        scheduleToCloseTimeout: '2m',
        // More than a frozen worker has polls open: each of them swallows a try, and the next worker gets what comes after.
        retry: { maximumAttempts: CONTROL_TRIES, initialInterval: 200, backoffCoefficient: 2, maximumInterval: '5s' },
        summary: summaryOf(summary),
      });
      try {
        // The indexed call loses the pairing of name and input that this function's signature keeps.
        const activity = activities[name] as unknown as (
          argument: typeof input,
        ) => Promise<Awaited<ReturnType<ControlActivities[K]>>>;
        return await activity(input);
      } catch (error) {
        throw factsOfFailure(error, { step: name, queue, summary, control: true, reads: true });
      }
    },
    async call(call, dispatch, options) {
      const read = call.effect === 'read';
      const scheduleToStart = read ? READ_SCHEDULE_TO_START_MS : CHANGE_SCHEDULE_TO_START_MS;
      const activities = proxyActivities<{ [step: string]: (input: Dispatch) => Promise<StepAnswer> }>({
        taskQueue: call.queue,
        startToCloseTimeout: options.within ?? call.limits.startToClose,
        heartbeatTimeout: call.limits.heartbeat,
        scheduleToStartTimeout: options.within ?? scheduleToStart,
        cancellationType: ActivityCancellationType.TRY_CANCEL,
        retry: {
          maximumAttempts: call.limits.tries,
          initialInterval: 250,
          backoffCoefficient: 2,
          maximumInterval: '5s',
        },
        summary: summaryOf(options.summary),
      });
      try {
        const input: Dispatch = {
          ...dispatch,
          run: state.request.run,
          runStartedAt: state.startedAt,
          args: call.args,
          estateDigest: options.estateDigest,
        };
        const activity = activities[call.step];
        if (!activity) throw new Error(`There is no activity ${call.step}.`);
        return await activity(input);
      } catch (error) {
        const control = call.queue === queue;
        throw factsOfFailure(error, {
          step: call.step,
          queue: call.queue,
          summary: options.summary,
          control,
          reads: read,
        });
      }
    },
  };
  return run;
}

function phaseName(state: RunState): string {
  const core = coreIn(state);
  const entry = core?.entries[state.cursor];
  const title = entry && core.phases[entry.phase]?.title;
  const status = statusOf(state);
  return title && ['running', 'holding', 'gate'].includes(status) ? title : status;
}

/**
 * Whether something was begun that the plan says how to give back, be it that a hold took it back since. Not in a run by
 * policy: that lets no other plan through.
 */
export function hasWayBack({ state, core }: Run): boolean {
  const { wayBack, entries, phases } = core();
  const begun = new Set(state.undo.flatMap(({ attempt, entry }) => (attempt === state.attempt ? [entry] : [])));
  if (policyOf(state.request.start) !== undefined) return false;
  return wayBack !== undefined && entries.some(({ id, phase }) => begun.has(id) && phases[phase]?.id === wayBack.from);
}

/** What was left before, and is done or left anew now, is told once. */
export function recall({ state }: Run, id: string): void {
  if (state.left.length > 0) state.left = state.left.filter((one) => one.id !== id);
}

/** What people may answer to a failure here; `takenBack`: the step before was taken back. */
export function choicesIn(run: Run, how: { readonly takenBack?: boolean } = {}): Choice[] {
  return choicesAfterFailure({ pivoted: run.state.pivoted, wayBack: hasWayBack(run), ...how });
}

/** Position of the last entry with steps before the present one; undefined where there is none. */
export function stepBefore({ state, core }: Run): number | undefined {
  const found = core()
    .entries.slice(0, state.cursor)
    .findLastIndex(({ kind }) => kind === 'step' || kind === 'each');
  return found === -1 ? undefined : found;
}

/** True when it is time to carry the state over into a new run. */
export function historyIsLong(): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || info.historyLength > MAX_HISTORY_EVENTS || info.historySize > MAX_HISTORY_BYTES;
}

/** Temporal suggests it at 4,096 events; replaying fewer keeps a cold worker quick (facts/temporal.md). */
const MAX_HISTORY_EVENTS = 3_000;
/** And at 4 MiB; what is under way when it is time, a plan or the permits of a phase, still has to go in. */
const MAX_HISTORY_BYTES = 2.5 * 1024 * 1024;
