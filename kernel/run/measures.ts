/**
 * Recovery time and data loss, from what the canary outside saw and what the run itself did. Nothing is estimated: what
 * was not measured stays null (I11).
 */
import type { Evidence, EvidenceMap } from '../plan/evidence.ts';
import { stepsOf } from '../plan/plan.ts';
import type { Measured, RunState } from './state.ts';

/** Probes by these names are read here; their contracts are in `runbooks/steps/canaries.ts`. */
const OUTAGE = 'outage';
const MISSING = 'missing';

export function measure(state: RunState): Measured {
  const evidence: EvidenceMap = { ...state.evidence, ...answered(state.evidenceAtEnd) };
  const faultAt = faultIn(evidence, state);
  const recoveredAt = state.status === 'done' ? recoveryOf(state) : null;
  const since = (at: number | null): number | null =>
    at === null || recoveredAt === null ? null : Math.max(0, recoveredAt - at);
  return {
    faultAt,
    approvedAt: state.approvedAt,
    recoveredAt,
    rtoFromFaultMs: since(faultAt),
    rtoFromApprovalMs: since(state.approvedAt),
    // Without a fault the plan's own measure counts: a region that still answers loses nothing by being drained.
    rpoMs: lossIn(evidence, faultAt) ?? state.plan?.view.measures['loss'] ?? null,
  };
}

/** A probe that no longer answers at the end does not take back what it said before. */
function answered(evidence: EvidenceMap): EvidenceMap {
  return Object.fromEntries(Object.entries(evidence).filter(([, one]) => one.ok));
}

function readings<T>(evidence: EvidenceMap, group: string): T[] {
  return Object.entries(evidence).flatMap(([name, one]: [string, Evidence<unknown>]) =>
    name.split('/')[0] === group && one.ok ? [one.value as T] : [],
  );
}

/** The outage that this run recovered from: one that lasts, or that lasted when the run began. */
function faultIn(evidence: EvidenceMap, { startedAt }: RunState): number | null {
  const outages = readings<{ firstFailureAt: number | null; answeredAgainAt: number | null }>(evidence, OUTAGE);
  const times = outages.flatMap(({ firstFailureAt, answeredAgainAt }) =>
    firstFailureAt !== null && (answeredAgainAt === null || answeredAgainAt >= startedAt) ? [firstFailureAt] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
}

function lossIn(evidence: EvidenceMap, faultAt: number | null): number | null {
  const missing = readings<{ oldestMissingAt: number | null }>(evidence, MISSING);
  if (faultAt === null || missing.length === 0) return null;
  const oldest = missing.flatMap(({ oldestMissingAt }) => oldestMissingAt ?? []);
  return oldest.length === 0 ? 0 : Math.max(0, faultAt - Math.min(...oldest));
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
