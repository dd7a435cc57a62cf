/**
 * Taking back, in reverse. Undo may itself ask, and it does not restore what has become unsafe (I1).
 *
 * What was done later stands on what was done before it: traffic on the room that was made for it. So nothing is taken back
 * under a thing that stays, whether it must not be taken back, could not be, or was left by a person. But one thing that
 * cannot be taken back holds up no other: it is asked about last, and meanwhile every scope that guards nothing any more is
 * given back, so that another run can come to the rescue. So is what guards a thing that only waits for the failed one: it is
 * acquired again when its turn comes, and where another run has it by then, it stays as that one sets it.
 */
import { planInAttempt } from '../../kernel/run/approved.ts';
import type { UndoItem } from '../../kernel/run/state.ts';
import { ask } from './asking.ts';
import { factsIn } from './failures.ts';
import { givenBack } from './giving-back.ts';
import { acquire, isLost, releaseOthers } from './leasing.ts';
import { historyIsLong, type Run } from './run.ts';
import { dispatch, placeOf } from './stepping.ts';

/** An activity says by this type that restoring would do harm: recorded as "must not be restored, because …". */
export const UNSAFE = 'unsafe';

export type Undone = 'all' | 'carry-over';

/** Undoes everything that is still pending, newest first, for a run that ends with it. */
export async function undoAll(run: Run): Promise<Undone> {
  return undo(run, () => true, { ends: true });
}

/** Undoes the steps of one entry of the present attempt; few enough never to be carried over. */
export async function undoEntry(run: Run, entry: string): Promise<void> {
  run.enter({ is: 'undoing' });
  await undo(run, (item) => item.entry === entry && item.attempt === run.state.attempt, { ends: false });
  run.enter({ is: 'running' });
}

async function undo(
  run: Run,
  wanted: (item: UndoItem) => boolean,
  { ends }: { readonly ends: boolean },
): Promise<Undone> {
  for (;;) {
    const failed = await undoWhatCanBe(run, wanted, ends);
    if (failed === 'carry-over') return failed;
    if (failed === undefined) return 'all';
    if (ends) await releaseOthers(run, failed.scopes);
    await askAbout(run, failed);
  }
}

interface FailedUndo {
  readonly item: UndoItem;
  readonly error: ReturnType<typeof factsIn>;
  /** Of everything that was tried in this round and failed: what is tried again first. */
  readonly scopes: ReadonlySet<string>;
}

/** One round over all that is pending; answers the newest that failed, if any did. */
async function undoWhatCanBe(
  run: Run,
  wanted: (item: UndoItem) => boolean,
  carries: boolean,
): Promise<FailedUndo | 'carry-over' | undefined> {
  let first: Omit<FailedUndo, 'scopes'> | undefined;
  const scopes = new Set<string>();
  const later: UndoItem[] = [];
  for (const item of run.state.undo.toReversed()) {
    if (item.state === 'pending' && wanted(item)) {
      if (carries && historyIsLong()) return 'carry-over';
      const above = later.filter((one) => standsOn(run, one, item));
      const stays = above.find(({ state }) => state !== 'pending');
      const given = givenBack(run, item);
      if (stays) leave(run, item, `what was built on it stays (${stays.stepId})`);
      else if (given !== undefined) leave(run, item, given);
      else if (above.length === 0) {
        const error = await undoOne(run, item);
        if (error) {
          first ??= { item, error };
          if (item.call.scope) scopes.add(item.call.scope);
        }
      }
    }
    // Also what an earlier round, or a hold, could not take back: it is still there.
    if (item.state !== 'undone') later.push(item);
  }
  return first && { ...first, scopes };
}

/** Whether the later one needs what the earlier one did: an earlier phase, or an earlier value of the same thing. */
function standsOn(run: Run, later: UndoItem, earlier: UndoItem): boolean {
  if (later.call.scope === earlier.call.scope || later.attempt !== earlier.attempt) return true;
  return phaseOf(run, earlier) < phaseOf(run, later);
}

function phaseOf({ state }: Run, { attempt, entry }: UndoItem): number {
  return planInAttempt(state, attempt)?.entries.find(({ id }) => id === entry)?.phase ?? 0;
}

/** Keeps a step that must not be taken back, or on which something stands that stays (I1). */
function leave(run: Run, item: UndoItem, because: string): void {
  item.state = 'must-not';
  item.because = because;
  run.note({
    kind: 'undo',
    ...placeOf({ id: item.stepId, entry: item.entry }),
    say: `${item.say}: must not be restored, because ${because}`,
    outcome: 'must-not',
  });
}

/** Answers why it could not be taken back, where only people can say what to do about it. */
async function undoOne(run: Run, item: UndoItem): Promise<FailedUndo['error'] | undefined> {
  const startedAt = run.now();
  const { scope } = item.call;
  const refused = scope && run.state.epochs[scope] === undefined ? await acquire(run, [scope]) : undefined;
  if (refused !== undefined) {
    if (refused.type !== 'scope-held' && !isLost(refused)) return refused;
    leave(run, item, `another run came to its place. ${refused.message}`);
    return undefined;
  }
  try {
    await dispatch(run, { id: item.stepId, entry: item.entry, call: item.call }, 'undo', item.attempt);
    item.state = 'undone';
    const place = placeOf({ id: item.stepId, entry: item.entry });
    run.note({ kind: 'undo', ...place, say: item.say, ms: run.now() - startedAt, outcome: 'ok' });
    return undefined;
  } catch (error) {
    const facts = factsIn(error);
    if (facts.type.startsWith(UNSAFE)) leave(run, item, facts.message);
    else if (isLost(facts)) leave(run, item, `another run took over. ${facts.message}`);
    else return facts;
    return undefined;
  }
}

/** It is being taken back already: only whether to try again is left to decide, and no abort decides that. */
async function askAbout(run: Run, { item, error }: FailedUndo): Promise<void> {
  const held = Object.keys(run.state.epochs).sort();
  const frees =
    held.length === 0
      ? ''
      : ` Until then this run holds ${held.join(', ')}; a skip leaves it as it is, and frees them.`;
  const asked = { ...error, mend: `${error.mend}${frees}` };
  if ((await ask(run, item.stepId, `${item.say} failed.`, asked, ['retry', 'skip'])) === 'retry') return;
  item.state = 'failed';
  item.because = error.message;
  run.note({
    kind: 'undo',
    ...placeOf({ id: item.stepId, entry: item.entry }),
    say: `${item.say}: left as it is, ${error.message}`,
    outcome: 'failed',
  });
}
