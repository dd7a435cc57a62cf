/** A run's record: everything that a report needs, as JSON. */
import type { Plan } from '../plan/plan.ts';
import { measure } from './measures.ts';
import type { Measured, RunView } from './state.ts';

export interface RunRecord {
  readonly format: 1;
  readonly run: string;
  readonly estate: string;
  readonly runbook: string;
  readonly plan: Plan | null;
  readonly planHash: string;
  readonly state: RunView;
  readonly measured: Measured;
}

/** Of a run that goes on, what is measured so far. */
export function recordOf(view: RunView, plan: Plan | null): RunRecord {
  const { run, estate, runbook } = view.request;
  return {
    format: 1,
    run,
    estate,
    runbook,
    plan,
    planHash: view.planHash,
    state: view,
    measured: view.measured ?? measure(view, plan, { done: view.status === 'done', evidence: view.evidenceAtEnd }),
  };
}
