/**
 * What became of each entry of the plan, read from the run's timeline. Positions give entries their ids, so ids repeat
 * from one attempt to the next: only what happened after the last planning speaks of the plan in the record.
 */
import { policyOf } from '../kernel/decision/policy.ts';
import { type Entry, type GateEntry, stepsOf } from '../kernel/plan/plan.ts';
import { gatesOf, type StandingGate, standingIn } from '../kernel/run/gates.ts';
import type { RunRecord } from '../kernel/run/record.ts';
import type { TimelineItem } from '../kernel/run/state.ts';

export type Fate =
  | 'done'
  | 'failed'
  | 'skipped'
  | 'owed'
  | 'taken-back'
  | 'must-not'
  | 'not-taken-back'
  | 'open'
  | 'approved'
  | 'rejected'
  | 'passed'
  | 'not-reached';

export interface Told {
  readonly fate: Fate;
  /** How long it took, its failed tries left out; null where it was not measured or did not happen. */
  readonly ms: number | null;
  readonly at: number | null;
  /** How often it failed before. */
  readonly failures: number;
}

const NOT_REACHED: Told = { fate: 'not-reached', ms: null, at: null, failures: 0 };

/** Timeline of the plan in the record: everything since it was made. */
function presentTimeline({ state }: RunRecord): readonly TimelineItem[] {
  const from = state.timeline.findLastIndex(({ kind }) => kind === 'planned' || kind === 'replanned');
  return state.timeline.slice(from + 1);
}

/** What became of a step, by its id. */
export function stepTold(record: RunRecord, id: string): Told {
  const items = presentTimeline(record).filter((one) => one.kind === 'step' && one.id === id);
  const last = items.at(-1);
  const failures = items.filter(({ outcome }) => outcome === 'failed').length;
  const { state } = record;
  if (!last) return state.done.includes(id) ? { ...NOT_REACHED, fate: 'done' } : NOT_REACHED;
  const told = { ms: last.ms ?? null, at: last.at, failures };
  const undo = state.undo.findLast((one) => one.stepId === id && one.attempt === state.attempt);
  if (undo?.state === 'undone') return { ...told, fate: 'taken-back' };
  if (undo?.state === 'must-not') return { ...told, fate: 'must-not' };
  if (undo?.state === 'failed') return { ...told, fate: 'not-taken-back' };
  if (last.outcome === 'skipped' || last.outcome === 'owed') return { ...told, fate: last.outcome, ms: null };
  return { ...told, fate: last.outcome === 'failed' ? 'failed' : 'done' };
}

/** What became of a gate, a hold or the pivot. */
export function entryTold(record: RunRecord, entry: Entry): Told {
  const items = presentTimeline(record).filter(({ id }) => id === entry.id);
  if (entry.kind === 'pivot') {
    const passed = items.find(({ kind }) => kind === 'pivot');
    return passed ? { fate: 'passed', ms: null, at: passed.at, failures: 0 } : NOT_REACHED;
  }
  if (entry.kind === 'gate') return gateTold(record, entry, items);
  const holds = items.filter(({ kind }) => kind === 'hold');
  const last = holds.at(-1);
  if (!last) return record.state.hold?.id === entry.id ? { ...NOT_REACHED, fate: 'open' } : NOT_REACHED;
  const failures = holds.filter(({ outcome }) => outcome === 'failed').length;
  const fate = last.outcome !== 'failed' ? 'done' : steppedOver(record, entry) ? 'skipped' : 'failed';
  return { fate, ms: last.ms ?? null, at: last.at, failures };
}

/** A hold that failed and was skipped leaves no item of its own: something later in the plan was visited. */
function steppedOver({ state, plan }: RunRecord, entry: Entry): boolean {
  const position = plan?.core.entries.findIndex(({ id }) => id === entry.id) ?? -1;
  return state.cursor > position;
}

function gateTold(record: RunRecord, gate: GateEntry, items: readonly TimelineItem[]): Told {
  const opened = items.find(({ kind }) => kind === 'gate');
  const state = gatesTold(record).find((one) => one.gate.id === gate.id)?.state ?? 'open';
  if (state === 'open') return { ...NOT_REACHED, at: opened?.at ?? null, fate: opened ? 'open' : 'not-reached' };
  const kind = state === 'approved' ? 'approve' : 'reject';
  const at = record.state.decisions.findLast(({ decision }) => decision.kind === kind && decision.target === gate.id)
    ?.decision.at;
  if (state === 'approved' && policyOf(record.state.request.start) !== undefined)
    return { fate: state, ms: null, at: opened?.at ?? null, failures: 0 };
  const ms = opened && at !== undefined ? Math.max(0, at - opened.at) : null;
  return { fate: state, ms, at: at ?? null, failures: 0 };
}

/** The gates of the plan in the record, each with where it stands. */
export function gatesTold({ state, plan }: RunRecord): StandingGate[] {
  return plan === null ? [] : gatesOf(plan.core).map((gate) => ({ gate, ...standingIn(plan.core, state, gate) }));
}

/** Whether every gate of the plan in the record was passed, by people or by a policy. */
export function wasApproved(record: RunRecord): boolean {
  const gates = gatesTold(record);
  return gates.length > 0 && gates.every(({ state }) => state === 'approved');
}

/** Steps that only read: within a plan these are its proofs. */
export function proofsOf({ plan }: RunRecord): readonly { readonly id: string; readonly say: string }[] {
  return (plan?.core.entries ?? []).flatMap((entry) =>
    stepsOf(entry).flatMap(({ id, call }) => (call.effect === 'read' ? [{ id, say: plan?.view.says[id] ?? id }] : [])),
  );
}

export interface Skip {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
  /** What had failed, and what was stepped over because of it. */
  readonly what: readonly string[];
}

/** Everything that a person chose to step over, in order. */
export function skipsOf({ state }: RunRecord): Skip[] {
  return state.decisions.flatMap(({ decision }) => {
    if (decision.kind !== 'resolve' || decision.choice !== 'skip') return [];
    const answered = state.timeline.findIndex(({ kind, id }) => kind === 'decision' && id === decision.target);
    const after = answered === -1 ? [] : state.timeline.slice(answered + 1);
    const next = after.findIndex(({ kind }) => kind === 'question' || kind === 'replanned');
    const steps = (next === -1 ? after : after.slice(0, next)).filter(({ outcome }) => outcome === 'skipped');
    const question = state.timeline.find(({ kind, id }) => kind === 'question' && id === decision.target);
    const what = steps.length > 0 ? steps.map(({ say }) => say) : [question?.say ?? 'what was asked about'];
    return [{ by: decision.by, at: decision.at, reason: decision.reason, what }];
  });
}
