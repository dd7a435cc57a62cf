/** A run's record: everything that a report needs, as JSON; what was not measured is null (I11). */
import type { Plan } from './plan.ts';
import { stepsOf } from './plan.ts';
import type { RunState, RunView } from './run-state.ts';

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

/** Milliseconds, or null for "not measured". */
export interface Measured {
  /** The first failure that the canary outside saw. */
  readonly faultAt: number | null;
  readonly approvedAt: number | null;
  /** When the last shift of traffic before the pivot was proven. */
  readonly recoveredAt: number | null;
  readonly rtoFromFaultMs: number | null;
  readonly rtoFromApprovalMs: number | null;
  /** The fault's time less the oldest acknowledged canary that was absent. */
  readonly rpoMs: number | null;
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
    measured: measure(state),
  };
}

function measure(state: RunState): Measured {
  const faultAt = faultOf(state);
  const recoveredAt = state.status === 'done' ? recoveryOf(state) : null;
  const from = (at: number | null): number | null =>
    at === null || recoveredAt === null ? null : Math.max(0, recoveredAt - at);
  return {
    faultAt,
    approvedAt: state.approvedAt,
    recoveredAt,
    rtoFromFaultMs: from(faultAt),
    rtoFromApprovalMs: from(state.approvedAt),
    rpoMs: state.plan?.view.measures['loss'] ?? null,
  };
}

function faultOf(state: RunState): number | null {
  const times = Object.entries(state.evidence).flatMap(([name, one]) => {
    if (!name.startsWith('outage') || !one.ok) return [];
    const value = one.value as { firstFailureAt?: number | null; answeredAgainAt?: number | null };
    // An outage that was over when the plan was made is not what this run recovered from.
    return typeof value.firstFailureAt === 'number' && value.answeredAgainAt === null ? [value.firstFailureAt] : [];
  });
  return times.length === 0 ? null : Math.min(...times);
}

function recoveryOf(state: RunState): number | null {
  const shifts = new Set(
    (state.plan?.core.entries ?? []).flatMap((entry) =>
      stepsOf(entry).flatMap(({ id, call }) =>
        call.step.startsWith('traffic.') && call.effect === 'change' ? [id] : [],
      ),
    ),
  );
  const done = state.timeline.filter(({ kind, id, outcome }) => kind === 'step' && outcome === 'ok' && shifts.has(id));
  return done.at(-1)?.at ?? null;
}
