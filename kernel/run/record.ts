/** A run's record: everything that a report needs, as JSON. */
import { type PackedView, unpackView } from '../plan/packed-view.ts';
import type { Plan, PlanCore } from '../plan/plan.ts';
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

/** A record on its way to who writes it: the plan as the run carries it, so that a thousand nodes fit into one payload. */
export interface CarriedRecord extends Omit<RunRecord, 'plan'> {
  readonly plan: { readonly core: PlanCore; readonly view: PackedView } | null;
}

export function unpackRecord({ plan, ...record }: CarriedRecord): RunRecord {
  return { ...record, plan: plan && { core: plan.core, view: unpackView(plan.core, plan.view) } };
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
