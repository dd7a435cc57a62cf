/** How far a run is, counted once, so that a card, a terminal and whatever comes next name the same figure. */
import { type PlanCore, stepsOf } from '../plan/plan.ts';
import { hasEnded, type RunView } from './state.ts';

export interface Progress {
  readonly done: number;
  /** Steps that were stepped over by a person, or are owed: not done, and not to come. */
  readonly skipped: number;
  /** Steps that were done and are not any more, because they were taken back: neither done nor skipped. */
  readonly takenBack: number;
  readonly total: number;
  /** Whole percent of the steps that stand; 100 only when the run is done. */
  readonly percent: number;
  readonly phases: readonly PhaseProgress[];
  /** Index into `phases`: where the run is, or ended; the last one when it went through all. */
  readonly current: number;
}

export interface PhaseProgress {
  readonly title: string;
  /** `taken back`: the run went through it, and of its steps none stands and some were undone. */
  readonly state: 'done' | 'now' | 'ended here' | 'to come' | 'taken back';
  readonly done: number;
  readonly total: number;
}

type Seen = Pick<RunView, 'cursor' | 'done' | 'status'> & Partial<Pick<RunView, 'timeline' | 'undo' | 'attempt'>>;

/**
 * Steps that are done of all steps, in the whole and by phase, those that were skipped, and those that were taken back; gates,
 * holds and pivots are none.
 */
export function progressOf(core: PlanCore, view: Seen): Progress {
  const done = new Set(view.done);
  const left = steppedOver(view);
  const back = undoneIn(view);
  let skipped = 0;
  let takenBack = 0;
  const isDone = view.status === 'done';
  const at = isDone ? core.phases.length : (core.entries[view.cursor]?.phase ?? core.phases.length);
  const phases = core.phases.map(({ title }, index): PhaseProgress => {
    const steps = core.entries.flatMap((one, position) =>
      one.phase === index
        ? stepsOf(one).map(({ id }) => {
            if (back.has(id)) return 'back';
            if (!isDone && position >= view.cursor && !done.has(id)) return 'to come';
            return left.has(id) ? 'skipped' : 'done';
          })
        : [],
    );
    const count = (wanted: (typeof steps)[number]): number => steps.filter((one) => one === wanted).length;
    skipped += count('skipped');
    takenBack += count('back');
    const gone = count('back') > 0 && count('done') === 0 && (index < at || hasEnded(view));
    const state = gone
      ? 'taken back'
      : index < at
        ? 'done'
        : index > at
          ? 'to come'
          : hasEnded(view)
            ? 'ended here'
            : 'now';
    return { title, state, done: count('done'), total: steps.length };
  });
  const total = phases.reduce((sum, one) => sum + one.total, 0);
  const count = phases.reduce((sum, one) => sum + one.done, 0);
  const percent = isDone ? 100 : total === 0 ? 0 : Math.min(99, Math.floor(((count + skipped) / total) * 100));
  return { done: count, skipped, takenBack, total, percent, phases, current: Math.min(at, core.phases.length - 1) };
}

/** Ids of the present plan's steps whose last undo was carried out; one that is done again after it has a new undo. */
function undoneIn({ undo = [], attempt }: Seen): ReadonlySet<string> {
  const own = undo.filter((one) => one.attempt === attempt);
  const last = new Map(own.map(({ stepId, state }) => [stepId, state]));
  return new Set([...last].flatMap(([id, state]) => (state === 'undone' ? [id] : [])));
}

/** Ids of the present plan's steps of which the last word is that they were skipped or are owed. */
function steppedOver({ timeline = [] }: Seen): ReadonlySet<string> {
  const from = timeline.findLastIndex(({ kind }) => kind === 'planned' || kind === 'replanned');
  const last = new Map(
    timeline.slice(from + 1).flatMap(({ kind, id, outcome }) => (kind === 'step' ? [[id, outcome] as const] : [])),
  );
  return new Set([...last].flatMap(([id, outcome]) => (outcome === 'skipped' || outcome === 'owed' ? [id] : [])));
}

/** `3 of 6 steps done, 1 skipped, 2 taken back`. */
export function countsText({ done, skipped, takenBack, total }: Progress): string {
  return [
    `${done} of ${total} ${total === 1 ? 'step' : 'steps'} done`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(takenBack > 0 ? [`${takenBack} taken back`] : []),
  ].join(', ');
}
