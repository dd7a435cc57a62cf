/** Waiting while health is sampled: a workflow timer and short reads, so that it can be paused and time-skipped. */
import { condition } from '@temporalio/workflow';
import { asClause, type ErrorFacts } from '../../kernel/errors.ts';
import { sentenceOf, undoSentenceOf } from '../../kernel/plan/packed-view.ts';
import { type Call, type HoldEntry, stepsOf } from '../../kernel/plan/plan.ts';
import { leftStep } from '../../kernel/run/left.ts';
import { type SampleReading, sampleIn, unmeasured } from '../../kernel/run/samples.ts';
import type { HoldProgress, TimelineItem, UndoItem } from '../../kernel/run/state.ts';
import { summaryOf } from '../../kernel/run/summary.ts';
import { waitWhilePaused } from './asking.ts';
import { factsIn } from './failures.ts';
import { askOrGiveBack } from './giving-back.ts';
import { choicesIn, hasWayBack, historyIsLong, type Run, recall, stepBefore } from './run.ts';
import { undoEntry } from './undoing.ts';

export type HoldOutcome = 'done' | 'abort' | 'replan' | 'again' | 'previous' | 'carry-over';

/** `previous` means: of the step before something was undone, and shall be done again. */
export async function holdOn(run: Run, hold: HoldEntry): Promise<HoldOutcome> {
  for (;;) {
    const outcome = await watch(run, hold);
    if (outcome === 'done') recall(run, hold.id);
    if (typeof outcome === 'string') return outcome;
    const choice = 'bad' in outcome ? await afterBad(run, hold, outcome.bad) : await afterSilence(run, hold, outcome);
    if (choice !== 'retry' && choice !== 'skip') return choice;
    if (choice === 'skip') {
      leaveUnproven(run, hold, 'bad' in outcome ? outcome.bad : outcome.silent);
      return 'done';
    }
  }
}

/** Went on without what the hold was to show. */
function leaveUnproven(run: Run, hold: HoldEntry, { message }: ErrorFacts): void {
  const left = { id: hold.id, say: hold.title, because: message, owed: false };
  recall(run, hold.id);
  if (run.state.plan) run.state.left.push(leftStep(run.core(), run.state.plan.view, hold, left));
}

type Answered = Awaited<ReturnType<typeof askOrGiveBack>>;

/** Bad health takes the step before back, where the hold says so, and asks. */
async function afterBad(run: Run, hold: HoldEntry, bad: ErrorFacts): Promise<Answered | 'previous'> {
  const takesAllBack = run.opened?.policy?.onFailure === 'undo';
  const back = hold.onFailure === 'undo-previous-and-ask' && !takesAllBack ? await undoPrevious(run) : NOTHING_BACK;
  const choices = choicesIn(run, { takenBack: back.some });
  const error = { ...bad, mend: mendOf(run) };
  const choice = await askOrGiveBack(run, hold.id, `${hold.title}: health was bad${back.say}.`, error, choices);
  return choice === 'retry' && back.some ? 'previous' : choice;
}

/** Health that nobody measured takes nothing back: what was shifted may be as good as it was. */
function afterSilence(run: Run, hold: HoldEntry, { silent }: Silence): Promise<Answered> {
  const say = `${hold.title}: health was not measured, and nothing was taken back.`;
  return askOrGiveBack(run, hold.id, say, silent, choicesIn(run));
}

interface TakenBack {
  /** Whether any step was undone, and shall be done again before the hold is begun again. */
  readonly some: boolean;
  /** What follows "health was bad". */
  readonly say: string;
}

const NOTHING_BACK: TakenBack = { some: false, say: '' };

/** Takes back the steps of the entry before the hold; what could not be taken back stays done, and is said to stay. */
async function undoPrevious(run: Run): Promise<TakenBack> {
  const { state } = run;
  const entry = run.core().entries[stepBefore(run) ?? -1];
  if (!entry) return NOTHING_BACK;
  const pending = state.undo.filter(
    (item) => item.state === 'pending' && item.entry === entry.id && item.attempt === state.attempt,
  );
  await undoEntry(run, entry.id);
  const undone = new Set(pending.filter((item) => item.state === 'undone').map(({ stepId }) => stepId));
  state.done = state.done.filter((id) => !undone.has(id));
  const stays = pending.find(({ stepId }) => !undone.has(stepId));
  if (undone.size === 0) return { some: false, say: `, and the step before stays${because(stays)}` };
  return { some: true, say: `, and the step before was taken back${stays ? ` in part${because(stays)}` : ''}` };
}

function because(item: UndoItem | undefined): string {
  return `: ${asClause(item?.because ?? 'it has no undo')}`;
}

interface Silence {
  readonly silent: ErrorFacts;
}

type Watched = 'done' | 'abort' | 'carry-over' | { readonly bad: ErrorFacts } | Silence;

/**
 * Good is: to its end no bad round, and by then enough measured of everything, with a last round that could be read. What is
 * not measured is waited for beyond the end, for the hold's patience.
 */
async function watch(run: Run, hold: HoldEntry): Promise<Watched> {
  const { state } = run;
  let held = heldNow(run, hold);
  run.enter({ is: 'holding', hold: held });
  for (;;) {
    const round = await sampleTwice(run, hold, held);
    held = round.hold;
    if (round.bad) return ended(run, hold, { bad: round.bad });
    const lack = round.silent ?? round.lack;
    if (run.now() >= held.until && lack === undefined) {
      noteHold(run, hold, `${samplesText(held)}, none bad`, { ms: run.now() - held.since, outcome: 'ok' });
      run.enter({ is: 'running' });
      return 'done';
    }
    if (run.now() >= held.until + hold.patience && lack !== undefined) {
      return ended(run, hold, { silent: notMeasured(hold, held, lack) });
    }
    const goal = run.now() < held.until ? held.until : held.until + hold.patience;
    const restMs = Math.max(1, Math.min(hold.every, goal - run.now()));
    await condition(() => state.abort !== null || state.paused !== null, restMs, { summary: summaryOf(hold.title) });
    if (state.abort) return 'abort';
    if (state.paused) {
      const leftMs = held.until - run.now();
      if ((await waitWhilePaused(run)) === 'abort') return 'abort';
      // The pause does not count as time that health was watched.
      held = { ...held, until: run.now() + leftMs };
      state.doing = { is: 'holding', hold: held };
    }
    if (historyIsLong()) return 'carry-over';
  }
}

function ended(run: Run, hold: HoldEntry, how: { readonly bad: ErrorFacts } | Silence): Watched {
  noteHold(run, hold, ('bad' in how ? how.bad : how.silent).message, { outcome: 'failed' });
  run.enter({ is: 'running' });
  return how;
}

function noteHold(run: Run, hold: HoldEntry, say: string, more: Pick<TimelineItem, 'ms' | 'outcome'>): void {
  run.note({ kind: 'hold', id: hold.id, say: `${hold.title}: ${say}`, ...more });
}

function samplesText({ samples }: HoldProgress): string {
  return `${samples} ${samples === 1 ? 'sample' : 'samples'}`;
}

function notMeasured(hold: HoldEntry, held: HoldProgress, lack: string): ErrorFacts {
  return {
    type: 'not-measured',
    message: `In ${samplesText(held)} health could not be told: ${asClause(lack)}.`,
    where: hold.title,
    mend: 'See whether requests come at all, and whether who counts them answers; then retry. A skip goes on unmeasured.',
    retryable: true,
  };
}

/** How far this hold has come; carried over, or begun now. */
function heldNow({ state: { doing }, now }: Run, { id, for: forMs, samples }: HoldEntry): HoldProgress {
  if (doing.is === 'holding' && doing.hold.id === id) return doing.hold;
  const measured = samples.map(() => 0);
  return { id, since: now(), until: now() + forMs, samples: 0, measured, last: 'not sampled yet' };
}

interface Sampled {
  readonly hold: HoldProgress;
  readonly bad?: ErrorFacts;
  /** Why a sample of this round could not be read at all. */
  readonly silent?: string;
  /** What of the hold has not been measured often enough yet, as a sentence without its end. */
  readonly lack: string | undefined;
  /** The samples, by their place in the hold, that were bad in this round, and those that were good. */
  readonly badOnes: readonly number[];
  readonly goodOnes: readonly number[];
}

/**
 * One round of samples. What was bad in it is looked at once more before it counts: only a second look that finds it good
 * takes that back. One that finds nothing, or cannot be had, does not; a dying region counts badly, then not at all.
 */
async function sampleTwice(run: Run, hold: HoldEntry, held: HoldProgress): Promise<Sampled> {
  const first = await sample(run, hold, held);
  if (!first.bad) return first;
  const second = await sample(run, hold, first.hold);
  if (second.bad || first.badOnes.every((one) => second.goodOnes.includes(one))) return second;
  return { ...second, bad: first.bad };
}

async function sample(run: Run, hold: HoldEntry, held: HoldProgress): Promise<Sampled> {
  const readings = await Promise.all(hold.samples.map((call) => sampleOne(run, hold, call)));
  const bad = readings.find(({ healthy }) => healthy === false);
  const silent = readings.find(({ failed }) => failed);
  const last = (bad ?? silent ?? readings.find(({ healthy }) => healthy === null) ?? readings[0])?.why ?? '';
  // What a bad round measured is no part of "measured often enough, all good".
  const measured = readings.map(({ healthy, measured: more }, index) =>
    addUp(held.measured[index] ?? 0, healthy === true ? (more ?? 0) : 0),
  );
  // Where nothing is to be measured, nothing is lacking, for as long as that is so.
  const least = Math.min(...measured.filter((_, index) => readings[index]?.measured !== null));
  const sampled: HoldProgress = { ...held, samples: held.samples + 1, measured, last };
  run.state.doing = { is: 'holding', hold: sampled };
  return {
    hold: sampled,
    ...(bad ? { bad: unhealthy(hold, bad.why) } : silent ? { silent: silent.why } : {}),
    lack: least >= hold.atLeast ? undefined : `${least} of ${hold.atLeast} requests were measured`,
    badOnes: placesOf(readings, false),
    goodOnes: placesOf(readings, true),
  };
}

function placesOf(readings: readonly SampleReading[], health: boolean): number[] {
  return readings.flatMap(({ healthy }, index) => (healthy === health ? [index] : []));
}

function addUp(before: number, more: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, before + more);
}

/** What it comes to is said once the step before was taken back ({@link mendOf}). */
function unhealthy({ title }: HoldEntry, why: string): ErrorFacts {
  return { type: 'unhealthy', message: why, where: title, mend: 'Find out why before you go on.', retryable: true };
}

/** Where requests go as the hold has left it, and the one answer that brings them all away. */
function mendOf(run: Run): string {
  const { wayBack } = run.core();
  const now = inForce(run).slice(0, MOST_IN_FORCE);
  return [
    ...(now.length > 0 ? [`In force now: ${now.join('; ')}.`] : []),
    'Find out why before you go on; requests that go there may be failing.',
    ...(wayBack && hasWayBack(run) ? [`If it will not recover at once: give-back (${wayBack.say}).`] : []),
  ].join(' ');
}

/** As many entrances as a person reads at once. */
const MOST_IN_FORCE = 4;

/** What was set last of what the run recovers, as its steps say; as their undo says, where that was done. */
function inForce({ state, core }: Run): string[] {
  const { entries, measuredBy } = core();
  const last = entries.slice(0, state.cursor).findLast(({ id }) => measuredBy.recovery.includes(id));
  const { view } = state.plan ?? {};
  if (!last || !view) return [];
  return stepsOf(last).map((step) =>
    state.done.includes(step.id) ? sentenceOf(view, step) : undoSentenceOf(view, step),
  );
}

/** A sample that fails (its agent is away, Temporal is slow) says nothing of health. */
async function sampleOne(run: Run, hold: HoldEntry, call: Call): Promise<SampleReading & { failed?: true }> {
  const options = { summary: `Sample: ${hold.title}`, estateDigest: run.core().estateDigest };
  const dispatch = { stepId: hold.id, direction: 'do', fence: null, permit: null } as const;
  try {
    return sampleIn((await run.call(call, dispatch, options)).result);
  } catch (error) {
    return { ...unmeasured(asClause(factsIn(error).message)), failed: true };
  }
}
