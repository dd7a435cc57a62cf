/**
 * What a run leaves otherwise than it was to be, and the words for it: what, where, what it means, and the next command. The
 * end, the card, the terminal and the report all say it in these.
 *
 * Must never happen: a run that left something is told as simply done; what is left is told without what to do about it.
 */
import { asClause } from '../errors.ts';
import { type Advice, type EachEntry, type HoldEntry, type PlanCore, type StepEntry, stepsOf } from '../plan/plan.ts';
import type { LeftItem, RunState, RunView, UndoItem } from './state.ts';
import { nextText, STATUS_WORDS } from './words.ts';

/** How each kind is counted in the end of a run that is done, in this order; `docs/operating.md` explains each. */
export const LEFT_WORDS: { readonly [kind in Exclude<LeftItem['kind'], 'unproven'>]: string } = {
  owed: 'owed',
  skipped: 'skipped',
  kept: 'left over',
};

/** What is done and not wholly: `done, with N owed`; and `unproven`, whatever else is left. */
export const DONE_WORDS: readonly string[] = [
  ...Object.values(LEFT_WORDS).map((word) => `done, with N ${word}`),
  'done, unproven',
];

/** `left` is missing in what a run told that ended before it was remembered. */
interface Ended {
  readonly status: RunView['status'] | 'unknown';
  readonly left?: RunView['left'] | undefined;
}

/** `done, with 1 owed and 2 skipped, unproven: Proof: no write is lost`; of all other states the word alone. */
export function endText({ status, left = [] }: Ended): string {
  if (status !== 'done' || left.length === 0) return STATUS_WORDS[status];
  const counts = Object.entries(LEFT_WORDS).flatMap(([kind, word]) => {
    const count = left.filter((one) => one.kind === kind).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const unproven = left.filter(({ kind }) => kind === 'unproven').map(({ say }) => say);
  const more = unproven.length > MOST_NAMED ? ` and ${unproven.length - MOST_NAMED} more` : '';
  return [
    STATUS_WORDS.done,
    ...(counts.length === 0 ? [] : [`with ${counts.join(' and ')}`]),
    ...(unproven.length === 0 ? [] : [`unproven: ${unproven.slice(0, MOST_NAMED).join('; ')}${more}`]),
  ].join(', ');
}

/** As many as are read in one line. */
const MOST_NAMED = 2;

/** Whether a run is done, with nothing owed, skipped, unproven or left over. */
export function isWhollyDone({ status, left = [] }: Ended): boolean {
  return status === 'done' && left.length === 0;
}

const KEPT_OR_NOT: { readonly [kind in LeftItem['kind']]: string } = {
  owed: 'still owed',
  skipped: 'skipped',
  unproven: 'not proven',
  kept: 'not taken back',
};

/** `still owed: Let items … report itself unhealthy (it does not answer): when it answers again: `run failover …``. */
export function leftText({ kind, say, because, advice }: LeftItem): string {
  const why = because === null ? '' : ` (${asClause(because)})`;
  const then = advice === null ? '' : `; ${adviceText(advice)}`;
  return `${KEPT_OR_NOT[kind]}: ${say}${why}${then}`;
}

/** `us-central1 stays readmitted; what keeps it out: `run failover from=us-central1``. */
export function adviceText({ say, next }: Advice): string {
  return next === undefined ? say : `${say}: \`${nextText(next)}\``;
}

/** What was begun, is not taken back, and is not what the run was for: a run that ends by taking back, or that went another way. */
export function keptOf({ undo, instead }: Pick<RunState, 'undo' | 'instead'>, pivoted: boolean): LeftItem[] {
  const left = undo.filter((item, index) => {
    if (item.state === 'undone') return false;
    if (!pivoted) return true;
    if (instead === null || item.attempt >= instead.since) return false;
    return !undo.slice(index + 1).some((later) => later.call.scope === item.call.scope);
  });
  return left.map(keptItem);
}

function keptItem({ stepId, say, because, ifKept }: UndoItem): LeftItem {
  return {
    kind: 'kept',
    id: stepId,
    say: say.replace(/^Take back: /, ''),
    because: because ?? null,
    advice: ifKept ?? null,
  };
}

/** What a step that is stepped over, or owed, is left as; `because`: why it failed. */
export function leftStep(
  core: PlanCore,
  view: { readonly ifLeft?: NonNullable<RunState['plan']>['view']['ifLeft'] },
  entry: StepEntry | EachEntry | HoldEntry,
  left: { readonly id: string; readonly say: string; readonly because: string; readonly owed: boolean },
): LeftItem {
  const reads = entry.kind === 'hold' || stepsOf(entry).every(({ call }) => call.effect === 'read');
  const kind = left.owed ? 'owed' : reads ? 'unproven' : 'skipped';
  const advice = view.ifLeft?.[core.phases[entry.phase]?.id ?? '']?.undone ?? null;
  return { kind, id: left.id, say: left.say, because: left.because, advice };
}
