/** How far a run is, counted once, so that a card, a terminal and whatever comes next name the same figure. */
import { type PlanCore, stepsOf } from '../plan/plan.ts';
import type { RunView } from './state.ts';

export interface Progress {
  readonly done: number;
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

/** Steps that are done or skipped of all steps, in the whole and by phase; gates, holds and pivots are no steps. */
export function progressOf(core: PlanCore, view: Pick<RunView, 'cursor' | 'done' | 'status'>): Progress {
  const done = new Set(view.done);
  const isDone = view.status === 'done';
  const at = isDone ? core.phases.length : (core.entries[view.cursor]?.phase ?? core.phases.length);
  const phases = core.phases.map(({ title }, index): PhaseProgress => {
    const steps = core.entries.flatMap((one, position) =>
      one.phase === index ? stepsOf(one).map(({ id }) => isDone || position < view.cursor || done.has(id)) : [],
    );
    const state = index < at ? 'done' : index === at ? 'now' : 'to come';
    return { title, state, done: steps.filter(Boolean).length, total: steps.length };
  });
  const total = phases.reduce((sum, one) => sum + one.total, 0);
  const count = phases.reduce((sum, one) => sum + one.done, 0);
  const percent = isDone ? 100 : total === 0 ? 0 : Math.min(99, Math.floor((count / total) * 100));
  return { done: count, total, percent, phases, current: Math.min(at, core.phases.length - 1) };
}
