/** Taking back, in reverse. Undo may itself ask, and it does not restore what has become unsafe (I1). */

import type { UndoItem } from '../../kernel/run/state.ts';
import { ask } from './asking.ts';
import { factsIn } from './failures.ts';
import { isLost } from './leasing.ts';
import type { Run } from './run.ts';
import { dispatch, placeOf } from './stepping.ts';

/** An activity says by this type that restoring would do harm: recorded as "must not be restored, because …". */
export const UNSAFE = 'unsafe';

/** Undoes everything that is still pending, newest first. */
export async function undoAll(run: Run): Promise<void> {
  await undo(run, () => true);
}

/** Undoes the steps of one entry of the present attempt. */
export async function undoEntry(run: Run, entry: string): Promise<void> {
  await undo(run, (item) => item.entry === entry && item.attempt === run.state.attempt);
}

async function undo(run: Run, wanted: (item: UndoItem) => boolean): Promise<void> {
  run.enter({ is: 'undoing' });
  let kept: UndoItem | undefined;
  for (const item of run.state.undo.toReversed()) {
    if (item.state !== 'pending' || !wanted(item)) continue;
    if (kept) leave(run, item, `what was built on it stays (${kept.stepId})`);
    else if ((await undoOne(run, item)) === 'must-not') kept = item;
  }
  run.enter({ is: 'running' });
}

/**
 * Keeps a step that must not be taken back; nor what came before it, which it stands on: the room that was made for
 * traffic that stays is still needed (I1).
 */
function leave(run: Run, item: UndoItem, because: string): UndoItem['state'] {
  item.state = 'must-not';
  item.because = because;
  run.note({
    kind: 'undo',
    ...placeOf({ id: item.stepId, entry: item.entry }),
    say: `${item.say}: must not be restored, because ${because}`,
    outcome: 'must-not',
  });
  return item.state;
}

async function undoOne(run: Run, item: UndoItem): Promise<UndoItem['state']> {
  for (;;) {
    const startedAt = run.now();
    try {
      await dispatch(run, { id: item.stepId, call: item.call }, 'undo', item.attempt);
      item.state = 'undone';
      run.note({
        kind: 'undo',
        ...placeOf({ id: item.stepId, entry: item.entry }),
        say: item.say,
        ms: run.now() - startedAt,
        outcome: 'ok',
      });
      return item.state;
    } catch (error) {
      const facts = factsIn(error);
      if (facts.type.startsWith(UNSAFE)) return leave(run, item, facts.message);
      if (isLost(facts)) return leave(run, item, `another run took over. ${facts.message}`);
      // It is being taken back already: only whether to try again is left to decide, and no abort decides that.
      const choice = await ask(run, item.stepId, `${item.say} failed.`, facts, ['retry', 'skip']);
      if (choice === 'retry') continue;
      item.state = 'failed';
      item.because = facts.message;
      run.note({
        kind: 'undo',
        ...placeOf({ id: item.stepId, entry: item.entry }),
        say: `${item.say}: left as it is, ${facts.message}`,
        outcome: 'failed',
      });
      return item.state;
    }
  }
}
