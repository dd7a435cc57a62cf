/** A run's record: everything that a report needs, as JSON. */

import type { Plan } from '../plan/plan.ts';
import { measure } from './measures.ts';
import type { Measured, RunState, RunView } from './state.ts';

export type { Measured } from './state.ts';

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

export function recordOf(state: RunState): RunRecord {
  const { plan, approved: _approved, ...view } = state;
  return {
    format: 1,
    run: state.request.run,
    estate: state.request.estate,
    runbook: state.request.runbook,
    plan,
    planHash: state.planHash,
    state: view,
    measured: state.measured ?? measure(state),
  };
}
