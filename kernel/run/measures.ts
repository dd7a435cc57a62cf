/**
 * Recovery time and data loss, from what witnesses outside saw and what the run itself did. Which probes are witnesses and
 * which entries are the recovery is said by the plan (`MeasuredBy`); here nothing is known of any system. Nothing is
 * estimated: what was not measured stays null (I11).
 */
import { z } from 'zod';
import type { Evidence, EvidenceMap } from '../plan/evidence.ts';
import { type Plan, stepsOf } from '../plan/plan.ts';
import type { Measured, RunState } from './state.ts';

/** What a probe answers that tells of a fault, whatever else stands there. Milliseconds since 1970; null: none was seen. */
export const FaultReading = z.object({
  firstFailureAt: z.number().nullable(),
  /** When it answered again; null while it does not. */
  answeredAgainAt: z.number().nullable(),
});
export type FaultReading = z.infer<typeof FaultReading>;

/** What a probe answers that tells of loss: when the oldest acknowledged write was made that is absent; null: none is. */
export const LossReading = z.object({ oldestMissingAt: z.number().nullable() });
export type LossReading = z.infer<typeof LossReading>;

/** What witnesses answered; null for one that did not. */
type Readings<T> = readonly (T | null)[];

/**
 * When the fault began that lasts, or that lasted at `since`: the first that any witness saw; null where none saw one. One
 * that was over by then is another fault.
 */
export function faultBegan(witnesses: Readings<FaultReading>, since: number): number | null {
  const times = witnesses.flatMap((one) => faultOf(one, since) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

function faultOf(witness: FaultReading | null, since: number): number | null {
  if (witness === null) return null;
  const { firstFailureAt, answeredAgainAt } = witness;
  return answeredAgainAt === null || answeredAgainAt >= since ? firstFailureAt : null;
}

/**
 * How much is lost, in milliseconds before the fault; the one formula, for what approvers are shown and for the report.
 * Null unless every witness saw the fault and every probe told what is absent: of the rest nobody knows how old it is.
 */
export function lossOf(witnesses: Readings<FaultReading>, losses: Readings<LossReading>, since: number): number | null {
  const faults = witnesses.map((one) => faultOf(one, since));
  if (faults.length === 0 || faults.includes(null) || losses.length === 0 || losses.includes(null)) return null;
  const fault = Math.min(...faults.filter((at) => at !== null));
  const oldest = losses.flatMap((one) => one?.oldestMissingAt ?? []);
  return oldest.length === 0 ? 0 : Math.max(0, fault - Math.min(...oldest));
}

/** What each of these probes answered, read as `schema`; null where it gave no answer, or another one. */
export function readingsOf<T>(probes: readonly Evidence<unknown>[], schema: z.ZodType<T>): (T | null)[] {
  return probes.map((one) => (one.ok ? (schema.safeParse(one.value).data ?? null) : null));
}

/** What of a run is measured; its state and its view both have it. */
export type MeasuredRun = Pick<RunState, 'evidence' | 'timeline' | 'startedAt' | 'approvedAt'>;

/** @param end whether the run was done, and what its probes answered then (empty where they were not read again) */
export function measure(
  run: MeasuredRun,
  plan: Plan | null,
  end: { readonly done: boolean; readonly evidence: EvidenceMap },
): Measured {
  const by = plan?.core.measuredBy;
  const evidence: EvidenceMap = { ...run.evidence, ...answered(end.evidence) };
  const named = (probes: readonly string[] = []): Evidence<unknown>[] => probes.map((name) => probeIn(evidence, name));
  const faults = readingsOf(named(by?.fault), FaultReading);
  const losses = readingsOf(named(by?.loss), LossReading);
  const faultAt = faultBegan(faults, run.startedAt);
  const recoveredAt = end.done && plan ? recoveryOf(run, plan) : null;
  const since = (at: number | null): number | null =>
    at === null || recoveredAt === null ? null : Math.max(0, recoveredAt - at);
  const expected = by?.expectedLoss == null ? undefined : plan?.view.measures[by.expectedLoss];
  return {
    faultAt,
    approvedAt: run.approvedAt,
    recoveredAt,
    rtoFromFaultMs: since(faultAt),
    rtoFromApprovalMs: since(run.approvedAt),
    // What approvers were shown counts only where no fault was seen: it says nothing of one that came later (I11).
    rpoMs: lossOf(faults, losses, run.startedAt) ?? (faultAt === null ? (expected ?? null) : null),
  };
}

function probeIn(evidence: EvidenceMap, name: string): Evidence<unknown> {
  return evidence[name] ?? { ok: false, reason: 'was not probed', at: 0 };
}

/** A probe that no longer answers at the end does not take back what it said before. */
function answered(evidence: EvidenceMap): EvidenceMap {
  return Object.fromEntries(Object.entries(evidence).filter(([, one]) => one.ok));
}

function recoveryOf({ timeline }: MeasuredRun, { core }: Plan): number | null {
  const entries = core.entries.filter(({ id }) => core.measuredBy.recovery.includes(id));
  // Targets beyond count are told of together, by their entry.
  const steps = new Set(entries.flatMap((one) => [one.id, ...stepsOf(one).map(({ id }) => id)]));
  const done = timeline.filter(({ kind, id, outcome }) => kind === 'step' && outcome === 'ok' && steps.has(id));
  return done.at(-1)?.at ?? null;
}
