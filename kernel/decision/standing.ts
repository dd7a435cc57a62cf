/**
 * Where a gate stands: the one rule that the executor, the permit signer, both skins and the report ask.
 *
 * Must never happen: a gate counts as approved while a blocker of its plan that nobody may override stands in the way,
 * or one that may be overridden is not; whoever shows it would then say "approved" of a run that stays shut.
 */
import { asClause } from '../errors.ts';
import type { Blocker, GateEntry } from '../plan/plan.ts';
import { BREAK_GLASS_APPROVALS, type DecisionContext, type SignedDecision, speaksFor } from './decision.ts';

export interface GateStanding {
  readonly state: 'open' | 'approved' | 'rejected';
  readonly approvedBy: readonly string[];
  /** What keeps it open, each to be read after "missing:"; empty unless it is open. */
  readonly missing: readonly string[];
  /** Approvers but the requester and those who have approved. */
  readonly mayApprove: readonly string[];
  /** Rules in the way that a person may override, by breaking the glass; not those that somebody has overridden. */
  readonly toOverride: readonly string[];
}

/** Of which attempt at which plan the decisions must be, and whose word counts, by the facts of whoever asks. */
export type GateContext = Pick<DecisionContext, 'attempt' | 'planHash' | 'requester' | 'bots'>;

/**
 * Where a gate stands, from its recorded decisions of this attempt and plan.
 *
 * @param gate its tier and its approvers with their keys; who trusts no plan has compared them with its own estate first
 * @param blockers all of the plan's: one that may be overridden must be, by name; the others keep the gate open
 * whatever was signed
 */
export function gateStanding(
  gate: GateEntry,
  blockers: readonly Blocker[],
  decisions: readonly SignedDecision[],
  context: GateContext,
): GateStanding {
  const mine = decisions.filter(
    ({ decision }) =>
      decision.target === gate.id && decision.attempt === context.attempt && decision.planHash === context.planHash,
  );
  if (mine.some(({ decision }) => decision.kind === 'reject'))
    return { state: 'rejected', approvedBy: [], missing: [], mayApprove: [], toOverride: [] };
  const approvals = mine.filter(({ decision }) => decision.kind === 'approve');
  const overridden = new Set(approvals.flatMap(({ decision }) => decision.override ?? []));
  const missing = [
    ...(overridden.has(BREAK_GLASS_APPROVALS) ? [] : missingApprovals(gate, approvals, context)),
    ...blockers.flatMap((one) => missingRule(one, overridden)),
  ];
  const approvedBy = [...new Set(approvals.map(({ decision }) => decision.by))];
  return {
    state: missing.length === 0 ? 'approved' : 'open',
    approvedBy,
    missing,
    mayApprove: mayApprove(gate, context.requester).filter((person) => !approvedBy.includes(person)),
    toOverride: blockers.flatMap(({ rule, overridable }) => (overridable && !overridden.has(rule) ? [rule] : [])),
  };
}

/** Who may approve a gate at all: its approvers, never the requester (left out where that is not known yet). */
export function mayApprove({ approvers }: Pick<GateEntry, 'approvers'>, requester?: string): string[] {
  return approvers.map(({ person }) => person).filter((person) => person !== requester);
}

function missingApprovals(
  { tier, approvers }: GateEntry,
  approvals: readonly SignedDecision[],
  { requester, bots }: GateContext,
): string[] {
  // Only the gate's own approvers count: whoever asks for permits may bring decisions that no run ever recorded.
  const plain = approvals.filter(
    ({ decision, key }) =>
      decision.override === undefined &&
      decision.by !== requester &&
      speaksFor(key, decision.by, approvers, bots) !== undefined,
  );
  const people = new Set(plain.map(({ decision }) => decision.by)).size;
  const personal = plain.filter(({ decision, key }) => speaksFor(key, decision.by, approvers, []) === 'personal');
  const wanted = tier.botSuffices ? tier.personalKeys : Math.max(1, tier.personalKeys);
  return [
    ...(people < tier.approvals ? [`${tier.approvals - people} more approval(s)`] : []),
    ...(personal.length < wanted ? [`${wanted - personal.length} approval(s) with a personal key`] : []),
  ];
}

function missingRule({ rule, say, overridable }: Blocker, overridden: ReadonlySet<string>): string[] {
  if (!overridable) return [`the rule ${rule} to be met, which nobody may override (${asClause(say)})`];
  return overridden.has(rule) ? [] : [`the rule ${rule} to be met or overridden`];
}
