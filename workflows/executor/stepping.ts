/**
 * Carrying out a step. Its undo is pushed before it is dispatched, so that a step whose outcome is unknown is still
 * taken back; `seq` rises with every dispatch, so that the run's own late calls are fenced off (I3, I9).
 */

import type { Fence } from '../../kernel/authority/fence.ts';
import type { ErrorFacts } from '../../kernel/errors.ts';
import { sentenceOf } from '../../kernel/plan/packed-view.ts';
import { type EachEntry, type PlannedStep, type StepEntry, stepsOf } from '../../kernel/plan/plan.ts';
import { leftStep } from '../../kernel/run/left.ts';
import type { Choice, UndoItem } from '../../kernel/run/state.ts';
import { goesOn, waitWhilePaused } from './asking.ts';
import { factsIn, SILENT_AGENT, SILENT_CONTROL } from './failures.ts';
import { askOrGiveBack } from './giving-back.ts';
import { isLost } from './leasing.ts';
import { dropPermit, heldPermit, mintPermit } from './permits.ts';
import { choicesIn, historyIsLong, type Run, recall } from './run.ts';

/** What is best effort holds nobody up; longer than a step's own patience with a load balancer. */
const BEST_EFFORT_WITHIN_MS = 6_000;

export type EntryOutcome = 'done' | 'abort' | 'replan' | 'again' | 'carry-over';

/** Carries out an entry's steps; on a failure stops and asks. */
export async function carryOut(run: Run, entry: StepEntry | EachEntry): Promise<EntryOutcome> {
  run.enter({ is: 'running' });
  for (;;) {
    const failed = entry.kind === 'step' ? await runOne(run, entry) : await runAll(run, entry);
    // Before "done": an abort in the middle of an Each leaves targets that were never begun.
    if (run.state.abort) return 'abort';
    if (failed === 'carry-over') return failed;
    if (failed.length === 0) return 'done';
    const [first] = failed;
    if (!first) return 'done';
    if (entry.bestEffort && !failed.some(({ error }) => isLost(error))) {
      for (const one of failed) leave(run, entry, one, 'owed');
      continue;
    }
    const say = sayOf(run, first.step) + (failed.length > 1 ? `, and ${failed.length - 1} more,` : '');
    const asked = `${say}${cameTo(first.error)}.`;
    const choice = await askOrGiveBack(run, entry.id, asked, first.error, choicesAfter(run, first.error));
    if (choice === 'abort' || choice === 'replan' || choice === 'again') return choice;
    // What failed is stepped over, and nothing else: targets that were not begun are still to be done.
    if (choice === 'skip') for (const one of failed) leave(run, entry, one, 'skipped');
  }
}

/** What is said of a step before why: of silence nobody knows what came of it, and a step without a permit was not begun. */
function cameTo({ type }: ErrorFacts): string {
  if (type === SILENT_CONTROL) return ': it was not begun';
  return type === SILENT_AGENT ? ': nothing is known of its outcome' : ' failed';
}

function choicesAfter(run: Run, error: ErrorFacts): readonly Choice[] {
  if (isLost(error)) return ['abort'];
  return choicesIn(run);
}

interface Failed {
  readonly step: PlannedStep;
  readonly error: ErrorFacts;
}

async function runOne(run: Run, entry: StepEntry): Promise<Failed[]> {
  if (run.state.done.includes(entry.id)) return [];
  if (!goesOn(run) && (await waitWhilePaused(run)) === 'abort') return [];
  const [step] = stepsOf(entry);
  const error = step && (await runStep(run, step, entry));
  return step && error ? [{ step, error }] : [];
}

/** Carried over between two targets, with what runs let finish: a thousand repairs are more than one history holds. */
async function runAll(run: Run, entry: EachEntry): Promise<Failed[] | 'carry-over'> {
  const steps = stepsOf(entry);
  const done = new Set(run.state.done);
  const waiting = steps.filter(({ id }) => !done.has(id));
  const failed: Failed[] = [];
  const tally = tallyOf(run, entry, steps.length - waiting.length);
  const lanes = Array.from({ length: Math.min(entry.parallel, waiting.length) }, async () => {
    // A pause or an abort takes effect between targets; what runs is let finish.
    while (waiting.length > 0 && failed.length === 0 && goesOn(run) && !historyIsLong()) {
      const step = waiting.shift();
      if (!step) return;
      const error = await runStep(run, step, entry, tally);
      if (error) failed.push({ step, error });
    }
  });
  await Promise.all(lanes);
  tally?.tell();
  if (failed.length === 0 && waiting.length > 0 && goesOn(run) && historyIsLong()) return 'carry-over';
  if (failed.length === 0 && waiting.length > 0 && !run.state.abort) {
    await waitWhilePaused(run);
    return run.state.abort ? [] : runAll(run, entry);
  }
  return failed;
}

async function runStep(
  run: Run,
  step: PlannedStep,
  { bestEffort }: Pick<StepEntry, 'bestEffort'>,
  tally?: Tally,
): Promise<ErrorFacts | undefined> {
  const { state } = run;
  const changes = step.call.effect !== 'read';
  const startedAt = run.now();
  try {
    if (changes) rememberUndo(run, step);
    await dispatch(run, step, 'do', state.attempt, bestEffort ? BEST_EFFORT_WITHIN_MS : undefined);
    if (changes) state.firstChangeAt ??= run.now();
    recall(run, step.id);
    if (tally) tally.finish(step);
    else finish(run, step, { outcome: 'ok', startedAt });
    return undefined;
  } catch (error) {
    const facts = factsIn(error);
    run.note({
      kind: 'step',
      ...placeOf(step),
      say: `${sayOf(run, step)}: ${facts.message}`,
      ms: run.now() - startedAt,
      outcome: 'failed',
    });
    return facts;
  }
}

function rememberUndo(run: Run, step: PlannedStep): void {
  const { state } = run;
  state.touched = true;
  if (state.pivoted || step.undo.kind !== 'call') return;
  if (state.undo.some((one) => one.stepId === step.id && one.attempt === state.attempt && one.state === 'pending'))
    return;
  state.undo.push({
    stepId: step.id,
    attempt: state.attempt,
    entry: step.entry,
    call: step.undo.call,
    say: `Take back: ${sayOf(run, step)}`,
    state: 'pending',
    ...ifKept(run, step),
  });
}

function ifKept({ state, core }: Run, { phase }: PlannedStep): Pick<UndoItem, 'ifKept'> {
  const advice = state.plan?.view.ifLeft?.[core().phases[phase]?.id ?? '']?.kept;
  return advice === undefined ? {} : { ifKept: advice };
}

/** One dispatch, with a new fence and a permit where it changes something. @throws StepFailure. */
export async function dispatch(
  run: Run,
  step: Pick<PlannedStep, 'id' | 'entry' | 'call'>,
  direction: 'do' | 'undo',
  attempt: number,
  withinMs?: number,
): Promise<void> {
  const { state } = run;
  const { call } = step;
  const summary = direction === 'do' ? sayOf(run, step) : `Undo ${step.id}`;
  if (call.effect === 'read') {
    const options = { summary, estateDigest: run.core().estateDigest };
    await run.call(call, { stepId: step.id, direction, fence: null, permit: null }, options);
    return;
  }
  for (let renewed = false; ; renewed = true) {
    const permit = heldPermit(run, step.id, direction, attempt) ?? (await mintPermit(run, step.id, direction, attempt));
    state.seq += 1;
    const fence: Omit<Fence, 'try'> = {
      scope: call.scope ?? '',
      epoch: state.epochs[call.scope ?? ''] ?? 0,
      seq: state.seq,
    };
    try {
      // Of the file that the signer has now: an undo outlives a change of the file.
      const within = withinMs === undefined ? {} : { within: withinMs };
      const options = { summary, estateDigest: permit.body.estateDigest, ...within };
      await run.call(call, { stepId: step.id, direction, fence, permit }, options);
      dropPermit(run, step.id, direction, attempt);
      return;
    } catch (error) {
      // A retry of a long step, after its worker was lost, carries a permit that has run out meanwhile.
      if (renewed || factsIn(error).type !== 'permit-expired') throw error;
      dropPermit(run, step.id, direction, attempt);
    }
  }
}

/** How the timeline names a step; of a target of an Each, with its entry. */
export function placeOf({ id, entry }: Pick<PlannedStep, 'id' | 'entry'>): { id: string; entry?: string } {
  return id === entry ? { id } : { id, entry };
}

/** Steps over it, and remembers why and what that means. */
function leave(run: Run, entry: StepEntry | EachEntry, { step, error }: Failed, outcome: 'skipped' | 'owed'): void {
  const left = { id: step.id, say: sayOf(run, step), because: error.message, owed: outcome === 'owed' };
  recall(run, step.id);
  if (run.state.plan) run.state.left.push(leftStep(run.core(), run.state.plan.view, entry, left));
  finish(run, step, { outcome, startedAt: run.now() });
}

function finish(run: Run, step: PlannedStep, how: { outcome: 'ok' | 'skipped' | 'owed'; startedAt: number }): void {
  run.state.done.push(step.id);
  run.note({
    kind: 'step',
    ...placeOf(step),
    say: sayOf(run, step),
    ms: run.now() - how.startedAt,
    outcome: how.outcome,
  });
}

function sayOf({ state }: Run, step: Pick<PlannedStep, 'id' | 'entry' | 'call'>): string {
  return state.plan ? sentenceOf(state.plan.view, step) : step.id;
}

/** An Each of more targets than this tells of them by the number: a line each would be larger than all else of the run. */
const MAX_TOLD_EACH = 60;
/** Lines that such an Each tells in all. */
const TOLD_IN_ALL = 20;

interface Tally {
  finish(step: PlannedStep): void;
  /** Tells what was not told yet. */
  tell(): void;
}

function tallyOf(run: Run, entry: EachEntry, doneBefore: number): Tally | undefined {
  const all = entry.targets.length;
  if (all <= MAX_TOLD_EACH) return undefined;
  const told = Math.ceil(all / TOLD_IN_ALL);
  let count = doneBefore;
  let last = { count, at: run.now() };
  const tell = (): void => {
    if (count === last.count) return;
    const say = `${run.state.plan?.view.says[entry.id] ?? entry.id}: ${count} of ${all}`;
    run.note({ kind: 'step', id: entry.id, say, ms: run.now() - last.at, outcome: 'ok' });
    last = { count, at: run.now() };
  };
  return {
    tell,
    finish({ id }) {
      run.state.done.push(id);
      count += 1;
      if (count - last.count >= told) tell();
    },
  };
}
