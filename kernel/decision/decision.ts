/**
 * What a person decides about a run, signed by the person's own key or by a bot's key for a person whom Slack
 * identified. Who decided is only ever the signed `by`; nothing else about the sender counts.
 */
import { z } from 'zod';
import type { Decider, GateEntry, Tier } from '../plan/plan.ts';
import { sign, verify } from '../signing/keys.ts';

export const DecisionKind = z.enum([
  'start',
  'approve',
  'reject',
  'resolve',
  'pause',
  'resume',
  'abort',
  'freeze',
  'thaw',
  'take-over',
]);
export type DecisionKind = z.infer<typeof DecisionKind>;

export const Decision = z.strictObject({
  v: z.literal(1),
  run: z.string().max(200),
  mode: z.enum(['plan', 'live']),
  kind: DecisionKind,
  /** Gate id for approve and reject, question id for resolve, input hash for start, holder for take-over, else empty. */
  target: z.string().max(200),
  attempt: z.number().int().nonnegative(),
  planHash: z.string().max(64),
  evidenceHash: z.string().max(64),
  by: z.string().max(100),
  /** Milliseconds since 1970, as `exp`. */
  at: z.number().int(),
  exp: z.number().int(),
  reason: z.string().max(1_000),
  id: z.string().min(8).max(100),
  /** For resolve: what to do with the question. */
  choice: z.enum(['retry', 'skip', 'abort', 'replan', 'give-back']).optional(),
  /** Break-glass: the rule that this decision overrides, by name. */
  override: z.string().max(100).optional(),
});
export type Decision = z.infer<typeof Decision>;

export const SignedDecision = z.strictObject({
  decision: Decision,
  key: z.string().max(100),
  signature: z.string().max(200),
});
export type SignedDecision = z.infer<typeof SignedDecision>;

/** @throws LifeboatError `bad-key`. */
export function signDecision(decision: Decision, publicKey: string, privateKey: string): SignedDecision {
  return { decision, key: publicKey, signature: sign(decision, privateKey) };
}

/** Clocks of people, bots and workers may differ by this much; Slack allows the same. */
export const CLOCK_SKEW_MS = 300_000;

/** Overriding this rule lets the requester, alone, pass a gate. */
export const BREAK_GLASS_APPROVALS = 'approvals-by-others';

export interface Refusal {
  readonly rule: string;
  readonly say: string;
}

const no = (rule: string, say: string): Refusal => ({ rule, say });

/** What a decision is judged against: the run's state when it arrives. */
export interface DecisionContext {
  readonly run: string;
  readonly mode: 'plan' | 'live';
  readonly requester: string;
  readonly now: number;
  readonly attempt: number;
  readonly planHash: string;
  readonly evidenceHashes: readonly string[];
  readonly gate: GateEntry | undefined;
  readonly question: { readonly id: string; readonly choices: readonly string[] } | undefined;
  readonly operators: readonly Decider[];
  readonly bots: readonly string[];
  readonly breakGlass: { readonly people: readonly string[]; readonly personalKey: boolean };
  /** Rules that stand in the way of approval and may be overridden by name. */
  readonly overridable: readonly string[];
  readonly decided: readonly SignedDecision[];
}

/** Whether the key may speak for the person: `personal`, `bot`, or undefined. */
export function speaksFor(
  key: string,
  person: string,
  deciders: readonly Decider[],
  bots: readonly string[],
): 'personal' | 'bot' | undefined {
  const known = deciders.find((one) => one.person === person);
  if (!known) return undefined;
  if (known.keys.includes(key)) return 'personal';
  return bots.includes(key) ? 'bot' : undefined;
}

/** Whether every approval of a tier must be made with a personal key, so that a bot's word for a person never counts. */
export function needsPersonalKeys({ botSuffices, personalKeys, approvals }: Tier): boolean {
  return !botSuffices && personalKeys >= approvals;
}

/**
 * Why a decision is refused, or undefined when it counts. Synchronous and pure: it runs inside Temporal's update
 * validator, where an asynchronous check could not reject.
 */
export function refuseDecision(input: unknown, context: DecisionContext): Refusal | undefined {
  const parsed = SignedDecision.safeParse(input);
  if (!parsed.success) return no('malformed', 'The decision is not well formed.');
  const { decision, key, signature } = parsed.data;
  const deciders =
    decision.kind === 'approve' || decision.kind === 'reject' ? (context.gate?.approvers ?? []) : context.operators;
  return (
    refuseEnvelope(parsed.data, context) ??
    refusePerson(decision, key, deciders, context) ??
    (verify(decision, signature, key) ? undefined : no('signature', 'The signature is wrong.')) ??
    refuseTarget(decision, key, context)
  );
}

function refuseEnvelope({ decision }: SignedDecision, context: DecisionContext): Refusal | undefined {
  if (decision.run !== context.run || decision.mode !== context.mode)
    return no('other-run', 'The decision is for another run.');
  if (context.decided.some((one) => one.decision.id === decision.id))
    return no('duplicate', 'This decision was already recorded.');
  if (decision.at > context.now + CLOCK_SKEW_MS) return no('clock', 'The decision is dated in the future.');
  if (decision.exp <= context.now) return no('expired', 'The decision has expired; decide again.');
  return undefined;
}

function refusePerson(
  decision: Decision,
  key: string,
  deciders: readonly Decider[],
  context: DecisionContext,
): Refusal | undefined {
  if (decision.kind === 'start') return no('kind', 'A run that has begun cannot be started.');
  const gated = decision.kind === 'approve' || decision.kind === 'reject';
  if (gated && context.gate === undefined) return no('stale', 'No gate is open any more.');
  // A break-glass approval may come from someone who is not among the gate's approvers: the requester.
  const allowed = decision.override === undefined ? deciders : [...deciders, ...context.operators];
  const voice = speaksFor(key, decision.by, allowed, context.bots);
  if (voice === undefined)
    return no('not-allowed', `${decision.by} may not ${decision.kind} here, or the key is not theirs.`);
  const glass = refuseGlass(decision, context);
  if (glass) return glass;
  if (decision.override !== undefined && context.breakGlass.personalKey && voice !== 'personal') {
    return no('break-glass-key', 'Breaking the glass needs a personal key: use the `lifeboat` command.');
  }
  return undefined;
}

function refuseGlass(
  { by, override }: Pick<Decision, 'by' | 'override'>,
  { breakGlass }: Pick<DecisionContext, 'breakGlass'>,
): Refusal | undefined {
  if (override === undefined || breakGlass.people.includes(by)) return undefined;
  return no('break-glass', `${by} may not break the glass.`);
}

/**
 * Why a person's approval would be refused whichever of their keys signs it: asked before the person is, so that nobody
 * confirms in vain. The run judges again, by {@link refuseDecision}.
 */
export function refuseApprovalAhead(
  wanted: Pick<Decision, 'by' | 'override' | 'reason'>,
  context: Omit<DecisionContext, 'run' | 'mode' | 'now' | 'planHash' | 'evidenceHashes' | 'question' | 'bots'>,
): Refusal | undefined {
  const { gate, operators } = context;
  if (!gate) return no('stale', 'No gate is open any more.');
  const allowed = wanted.override === undefined ? gate.approvers : [...gate.approvers, ...operators];
  if (!allowed.some(({ person }) => person === wanted.by))
    return no('not-allowed', `${wanted.by} may not approve here.`);
  return refuseGlass(wanted, context) ?? refuseApproval(wanted, gate, context);
}

function refuseTarget(decision: Decision, key: string, context: DecisionContext): Refusal | undefined {
  if (decision.kind === 'approve' || decision.kind === 'reject') return refuseGate(decision, key, context);
  if (decision.kind === 'resolve') {
    if (decision.target !== context.question?.id) return no('stale', 'That question is not open any more.');
    if (!decision.choice || !context.question.choices.includes(decision.choice)) {
      return no('choice', `Choose one of: ${context.question.choices.join(', ')}.`);
    }
    if (decision.choice === 'skip' && decision.reason.trim() === '')
      return no('reason', 'Skipping a step needs a reason.');
  }
  return undefined;
}

function refuseGate(decision: Decision, key: string, context: DecisionContext): Refusal | undefined {
  const { gate } = context;
  if (!gate || decision.target !== gate.id) return no('stale', 'That gate is not open.');
  if (decision.attempt !== context.attempt) return no('stale', 'The plan was made anew since; review it again.');
  if (decision.planHash !== context.planHash) return no('stale', 'The plan changed since; review it again.');
  if (!context.evidenceHashes.includes(decision.evidenceHash))
    return no('stale', 'The evidence shown is too old; review it again.');
  if (decision.kind === 'reject') {
    return decision.reason.trim() === '' ? no('reason', 'Rejecting needs a reason.') : undefined;
  }
  const refused = refuseApproval(decision, gate, context);
  if (refused || decision.override !== undefined) return refused;
  const voice = speaksFor(key, decision.by, gate.approvers, context.bots);
  if (voice === 'bot' && needsPersonalKeys(gate.tier)) {
    return no('personal-key', `The tier ${gate.tier.name} needs personal keys: use the \`lifeboat\` command.`);
  }
  return undefined;
}

function refuseApproval(
  { by, override, reason }: Pick<Decision, 'by' | 'override' | 'reason'>,
  gate: GateEntry,
  context: Pick<DecisionContext, 'overridable' | 'requester' | 'decided' | 'attempt'>,
): Refusal | undefined {
  if (override !== undefined) {
    if (reason.trim() === '') return no('reason', 'Breaking the glass needs a reason.');
    const named = [BREAK_GLASS_APPROVALS, ...context.overridable];
    return named.includes(override)
      ? undefined
      : no('override', `There is no rule to override called that; there are: ${named.join(', ')}.`);
  }
  if (by === context.requester) return no('requester', 'The requester cannot approve their own run.');
  const before = context.decided.some(
    ({ decision: one }) =>
      one.kind === 'approve' &&
      one.by === by &&
      one.target === gate.id &&
      one.attempt === context.attempt &&
      one.override === undefined,
  );
  return before ? no('twice', `${by} has already approved.`) : undefined;
}
