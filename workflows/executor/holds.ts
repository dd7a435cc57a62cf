/** Waiting while health is sampled: a workflow timer and short reads, so that it can be paused and time-skipped. */
import { condition } from '@temporalio/workflow';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { HoldEntry } from '../../kernel/plan/plan.ts';
import type { Choice, HoldProgress, UndoItem } from '../../kernel/run/state.ts';
import { ask, waitWhilePaused } from './asking.ts';
import { factsIn } from './failures.ts';
import { historyIsLong, type Run, stepBefore } from './run.ts';
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
  return `: ${item?.because ?? 'it has no undo'}`.replace(/\.$/, '');
}

async function watch(run: Run, hold: HoldEntry): Promise<'done' | 'abort' | 'carry-over' | ErrorFacts> {
  const { state } = run;
  let held = heldNow(run, hold);
  run.enter({ is: 'holding', hold: held });
  for (;;) {
    const first = await sample(run, hold, held);
    const second = first.bad ? await sample(run, hold, first.hold) : first;
    held = second.hold;
    if (second.bad) {
      run.enter({ is: 'running' });
      run.note({ kind: 'hold', id: hold.id, say: `${hold.title}: ${second.bad.message}`, outcome: 'failed' });
      return second.bad;
    }
    if (run.now() >= held.until) {
      run.enter({ is: 'running' });
      run.note({
        kind: 'hold',
        id: hold.id,
        say: `${hold.title}: ${held.samples} ${held.samples === 1 ? 'sample' : 'samples'}, all good`,
        ms: run.now() - held.since,
        outcome: 'ok',
      });
      return 'done';
    }
    const restMs = Math.min(hold.every, held.until - run.now());
    await condition(() => state.abort !== null || state.paused !== null, restMs, { summary: hold.title.slice(0, 190) });
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

/** How far this hold has come; carried over, or begun now. */
function heldNow({ state: { doing }, now }: Run, { id, for: forMs }: HoldEntry): HoldProgress {
  if (doing.is === 'holding' && doing.hold.id === id) return doing.hold;
  return { id, since: now(), until: now() + forMs, samples: 0, last: 'not sampled yet' };
}

interface Sampled {
  readonly hold: HoldProgress;
  readonly bad: ErrorFacts | null;
}

/** One round of samples; answers what was bad. A single bad round is sampled once more before it counts. */
async function sample(run: Run, hold: HoldEntry, held: HoldProgress): Promise<Sampled> {
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
  const sampled = { ...held, samples: held.samples + 1, last };
  run.state.doing = { is: 'holding', hold: sampled };
  if (bad.length === 0) return { hold: sampled, bad: null };
  const mend = 'Find out why before more traffic goes there.';
  return { hold: sampled, bad: { type: 'unhealthy', message: last, where: hold.title, mend, retryable: true } };
}
