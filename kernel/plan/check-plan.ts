/**
 * The rules that every plan must keep, whoever wrote its runbook; run on every plan before it is shown, and again by
 * the permit signer before it signs (I2).
 */
import { canonicalBytes } from '../signing/hash.ts';
import { type Entry, PlanCore, stepsOf } from './plan.ts';

/** Temporal refuses payloads of 2 MiB; half of it leaves room for the run's state beside the plan. */
export const MAX_PLAN_BYTES = 1024 * 1024;

/** Everything that is wrong with a plan, as sentences that name the entry; empty when it may be shown. */
export function checkPlan(core: unknown): string[] {
  const parsed = PlanCore.safeParse(core);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${issue.path.join('.') || 'plan'}: ${issue.message}`);
  }
  const plan = parsed.data;
  return [
    ...checkSize(plan),
    ...checkIds(plan),
    ...checkPhases(plan),
    ...checkOrder(plan.entries),
    ...checkScopes(plan),
    ...checkGates(plan),
    ...checkMeasures(plan),
  ];
}

function checkSize(plan: PlanCore): string[] {
  const size = canonicalBytes(plan).length;
  return size > MAX_PLAN_BYTES ? [`The plan has ${size} bytes; at most ${MAX_PLAN_BYTES} are carried out.`] : [];
}

function checkIds(plan: PlanCore): string[] {
  const ids = plan.entries.flatMap((one) => [one.id, ...(one.kind === 'each' ? stepsOf(one).map(({ id }) => id) : [])]);
  return [...repeated(ids), ...repeated(plan.phases.map(({ id }) => id))].map((id) => `${id}: the id is used twice.`);
}

function repeated(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}

/** A recovery that names nothing would never be measured, and nobody would notice (I11). */
function checkMeasures({ entries, measuredBy }: PlanCore): string[] {
  return measuredBy.recovery
    .filter((id) => !entries.some((one) => one.id === id && stepsOf(one).length > 0))
    .map((id) => `${id}: is named as the recovery and is no entry with steps.`);
}

function checkPhases(plan: PlanCore): string[] {
  let last = 0;
  return plan.entries.flatMap((one) => {
    if (one.phase >= plan.phases.length) return [`${one.id}: phase ${one.phase} does not exist.`];
    if (one.phase < last) return [`${one.id}: stands in an earlier phase than the entry before it.`];
    last = one.phase;
    return [];
  });
}

function checkOrder(entries: readonly Entry[]): string[] {
  const problems: string[] = [];
  const pivot = entries.findIndex((one) => one.kind === 'pivot');
  if (entries.filter((one) => one.kind === 'pivot').length > 1) problems.push('There is more than one pivot.');
  let gated = false;
  for (const [position, one] of entries.entries()) {
    if (one.kind === 'gate') gated = true;
    for (const { id, call, undo } of stepsOf(one)) {
      if (call.effect === 'read') continue;
      if (!gated) problems.push(`${id}: changes the estate before any gate.`);
      const beforePivot = pivot === -1 || position < pivot;
      if (beforePivot && 'bestEffort' in one && one.bestEffort)
        problems.push(`${id}: best effort has its place after the pivot, where nothing is taken back.`);
      if (beforePivot && undo.kind === 'none')
        problems.push(`${id}: has neither an undo nor a reason why it has none.`);
      if (undo.kind === 'call' && undo.call.scope !== call.scope) problems.push(`${id}: its undo is of another scope.`);
      if (undo.kind === 'call' && undo.call.effect === 'destroy') problems.push(`${id}: its undo destroys.`);
    }
    if (one.kind === 'hold' && one.samples.some((sample) => sample.effect !== 'read')) {
      problems.push(`${one.id}: a hold may only read.`);
    }
  }
  return problems;
}

function checkScopes(plan: PlanCore): string[] {
  return plan.entries.flatMap((one) =>
    stepsOf(one).flatMap(({ id, call }) => {
      if (call.effect === 'read') return [];
      if (call.scope === null) return [`${id}: changes the estate but names no scope.`];
      const held = plan.phases.slice(0, one.phase + 1).some((phase) => phase.scopes.includes(call.scope ?? ''));
      return held ? [] : [`${id}: no phase up to its own declares the scope ${call.scope}.`];
    }),
  );
}

/** One gate: a plan is approved as a whole, and permits hold for the approvals of its one gate. */
function checkGates(plan: PlanCore): string[] {
  const gates = plan.entries.filter((one) => one.kind === 'gate');
  const later = gates.slice(1).map(({ id }) => `${id}: is a second gate; a plan is approved once, as a whole.`);
  const short = gates.flatMap((one) => {
    const people = new Set(one.approvers.map(({ person }) => person));
    return people.size < one.tier.approvals ? [`${one.id}: has fewer approvers than it needs approvals.`] : [];
  });
  return [...later, ...short];
}
