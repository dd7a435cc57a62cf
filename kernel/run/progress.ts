/** How far a run is, counted once, so that a card, a terminal and whatever comes next name the same figure. */
import { type PlanCore, stepsOf } from '../plan/plan.ts';
import type { RunView } from './state.ts';

export interface Progress {
  readonly done: number;
  /** Steps that were stepped over by a person, or are owed: not done, and not to come. */
  readonly skipped: number;
  readonly total: number;
  /** Whole percent of the steps; 100 only when the run is done. */
  readonly percent: number;
  readonly phases: readonly PhaseProgress[];
  /** Index into `phases`: where the run is, or ended; the last one when it went through all. */
  readonly current: number;
}

export interface PhaseProgress {
  readonly title: string;
  readonly state: 'done' | 'now' | 'to come';
  readonly done: number;
  readonly total: number;
}

type Seen = Pick<RunView, 'cursor' | 'done' | 'status'> & Partial<Pick<RunView, 'timeline'>>;

/** Steps that are done of all steps, in the whole and by phase, and those that were skipped; gates, holds and pivots are none. */
export function progressOf(core: PlanCore, view: Seen): Progress {
  const done = new Set(view.done);
  const left = steppedOver(view);
  let skipped = 0;
  const isDone = view.status === 'done';
  const at = isDone ? core.phases.length : (core.entries[view.cursor]?.phase ?? core.phases.length);
  const phases = core.phases.map(({ title }, index): PhaseProgress => {
    const steps = core.entries.flatMap((one, position) =>
      one.phase === index
        ? stepsOf(one).map(({ id }) => {
            const visited = isDone || position < view.cursor || done.has(id);
            if (visited && left.has(id)) skipped += 1;
            return visited && !left.has(id);
          })
        : [],
    );
    const state = index < at ? 'done' : index === at ? 'now' : 'to come';
    return { title, state, done: steps.filter(Boolean).length, total: steps.length };
  });
  const total = phases.reduce((sum, one) => sum + one.total, 0);
  const count = phases.reduce((sum, one) => sum + one.done, 0);
  const percent = isDone ? 100 : total === 0 ? 0 : Math.min(99, Math.floor(((count + skipped) / total) * 100));
  return { done: count, skipped, total, percent, phases, current: Math.min(at, core.phases.length - 1) };
}

/** Ids of the present plan's steps of which the last word is that they were skipped or are owed. */
function steppedOver({ timeline = [] }: Seen): ReadonlySet<string> {
  const from = timeline.findLastIndex(({ kind }) => kind === 'planned' || kind === 'replanned');
  const last = new Map(
    timeline.slice(from + 1).flatMap(({ kind, id, outcome }) => (kind === 'step' ? [[id, outcome] as const] : [])),
  );
  return new Set([...last].flatMap(([id, outcome]) => (outcome === 'skipped' || outcome === 'owed' ? [id] : [])));
}

/** `5 of 6 steps done, 1 skipped`. */
export function countsText({ done, skipped, total }: Progress): string {
  return `${done} of ${total} ${total === 1 ? 'step' : 'steps'} done${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
