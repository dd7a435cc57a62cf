/** Waiting while health is sampled: a workflow timer and short reads, so that it can be paused and time-skipped. */
import { condition } from '@temporalio/workflow';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { HoldEntry } from '../../kernel/plan/plan.ts';
import type { Choice, UndoItem } from '../../kernel/run/state.ts';
import { ask, waitWhilePaused } from './asking.ts';
import { factsIn } from './failures.ts';
import { historyIsLong, type Run } from './run.ts';
import { undoEntry } from './undoing.ts';

export type HoldOutcome = 'done' | 'abort' | 'replan' | 'previous' | 'carry-over';

/** `previous` means: of the step before something was undone, and shall be done again. */
export async function holdOn(run: Run, hold: HoldEntry): Promise<HoldOutcome> {
  for (;;) {
    const outcome = await watch(run, hold);
    if (outcome === 'done' || outcome === 'abort' || outcome === 'carry-over') return outcome;
    const takesAllBack = run.opened?.policy?.onFailure === 'undo';
    const back = hold.onFailure === 'undo-previous-and-ask' && !takesAllBack ? await undoPrevious(run) : NOTHING_BACK;
    // What was taken back cannot be stepped over: the next shift would be larger than the one that failed.
    const choices: Choice[] = back.some ? ['retry', 'replan', 'abort'] : ['retry', 'skip', 'replan', 'abort'];
    const choice = await ask(run, hold.id, `${hold.title}: health was bad${back.say}.`, outcome, choices);
    if (choice === 'abort' || choice === 'replan') return choice;
    if (choice === 'skip') return 'done';
    if (back.some) return 'previous';
  }
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
  const entry = run
    .core()
    .entries.slice(0, state.cursor)
    .findLast((one) => one.kind === 'step' || one.kind === 'each');
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
  return `: ${item?.because ?? 'it has no undo'}`.replace(/\.$/, '');
}

async function watch(run: Run, hold: HoldEntry): Promise<'done' | 'abort' | 'carry-over' | ErrorFacts> {
  const { state } = run;
  run.status('holding');
  if (state.hold?.id !== hold.id) {
    state.hold = { id: hold.id, since: run.now(), until: run.now() + hold.for, samples: 0, last: 'not sampled yet' };
  }
  for (;;) {
    const bad = (await sample(run, hold)) && (await sample(run, hold));
    if (bad) {
      state.hold = null;
      run.note({ kind: 'hold', id: hold.id, say: `${hold.title}: ${bad.message}`, outcome: 'failed' });
      return bad;
    }
    if (run.now() >= state.hold.until) {
      run.note({
        kind: 'hold',
        id: hold.id,
        say: `${hold.title}: ${state.hold.samples} ${state.hold.samples === 1 ? 'sample' : 'samples'}, all good`,
        ms: run.now() - state.hold.since,
        outcome: 'ok',
      });
      state.hold = null;
      return 'done';
    }
    const restMs = Math.min(hold.every, state.hold.until - run.now());
    await condition(() => state.abort !== null || state.paused !== null, restMs, { summary: hold.title.slice(0, 190) });
    if (state.abort) return 'abort';
    if (state.paused) {
      const leftMs: number = state.hold.until - run.now();
      if ((await waitWhilePaused(run)) === 'abort') return 'abort';
      // The pause does not count as time that health was watched.
      state.hold = { ...state.hold, until: run.now() + leftMs };
    }
    if (historyIsLong()) return 'carry-over';
  }
}

/** One round of samples; answers what was bad. A single bad round is sampled once more before it counts. */
async function sample(run: Run, hold: HoldEntry): Promise<ErrorFacts | undefined> {
  const { state } = run;
  const estateDigest = run.core().estateDigest;
  const readings = await Promise.all(
    hold.samples.map(async (call): Promise<{ healthy: boolean; why: string }> => {
      try {
        const options = { summary: `Sample: ${hold.title}`, estateDigest };
        const { result } = await run.call(
          call,
          { stepId: hold.id, direction: 'do', fence: null, permit: null },
          options,
        );
        return result as unknown as { healthy: boolean; why: string };
      } catch (error) {
        return { healthy: false, why: factsIn(error).message };
      }
    }),
  );
  const bad = readings.filter(({ healthy }) => !healthy);
  const last = (bad[0] ?? readings[0])?.why ?? '';
  if (state.hold) state.hold = { ...state.hold, samples: state.hold.samples + 1, last };
  if (bad.length === 0) return undefined;
  return {
    type: 'unhealthy',
    message: last,
    where: hold.title,
    mend: 'Find out why before more traffic goes there.',
    retryable: true,
  };
}
