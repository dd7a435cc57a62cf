/**
 * Signing permits: the plan is hashed here, its rules and its gates' tiers are checked against this worker's own
 * estate file, and the decisions are verified one by one. Whoever reaches Temporal gains nothing by it (I2).
 *
 * No permit is for a scope that the run does not hold at this moment, undo included: a run whose scopes were taken over
 * gets none any more, even before the new holder's first call has raised the agents' marks (I3).
 */

import { isAsStrict, mayBreakGlass, minimumTier, tierOf } from '../../estate/approvals/questions.ts';
import { botKeys, decidersOf, personByKey } from '../../estate/people/questions.ts';
import { nativeSign, nativeVerify } from '../../host/native-ed25519.ts';
import type { TakenOver } from '../../kernel/authority/lease.ts';
import { argsHashOf, type Permit, type PermitBody, signPermit } from '../../kernel/authority/permit.ts';
import { speaksFor } from '../../kernel/decision/decision.ts';
import { policyOf } from '../../kernel/decision/policy.ts';
import { gateStanding } from '../../kernel/decision/standing.ts';
import { asClause, type LifeboatError, refusal } from '../../kernel/errors.ts';
import { type GateEntry, type PlanCore, stepsOf } from '../../kernel/plan/plan.ts';
import { NEED_CORE, type PermitAnswer, type PermitRequest, permitKey } from '../../kernel/run/control.ts';
import type { PlanDeps } from './deps.ts';
import type { KnownPlan, KnownPlans } from './known.ts';
import { refusedByPolicy } from './policy.ts';

/** Long enough for a step to wait for its agent; a longer run asks again, and the decisions are verified again. */
export const PERMIT_LIFE_MS = 10 * 60_000;

/** @throws LifeboatError `permit-refused`; `need-core` when only a hash came that this worker has not seen; `taken-over` when the run has lost its scopes for good. */
export async function mintPermits(deps: PlanDeps, plans: KnownPlans, input: PermitRequest): Promise<PermitAnswer> {
  const { request } = input;
  const where = request.run;
  if (request.mode !== 'live') throw noPermit('A plan changes nothing, so it gets no permits.', where);
  const known = input.core === undefined ? plans.recall(input.planHash) : plans.learn(input.core);
  if (!known) throw needCore(where);
  const { core, hash, problems } = known;
  if (problems.length > 0) throw noPermit(`The plan breaks the rules: ${problems[0]}`, where);
  const policy = policyOf(request.start);
  // What people signed holds its undo too, and that must stay possible when the file was mended in the middle of a run;
  // whether they and their tier still count is judged by the present file. Nothing new is begun on an old one (I12).
  const undoOfSigned = policy === undefined && input.steps.every(({ direction }) => direction === 'undo');
  if (core.estateDigest !== deps.estateDigest && !undoOfSigned)
    throw noPermit("The plan was made on another estate file than this worker's.", where);
  const refused = policy === undefined ? undefined : refusedByPolicy(deps, input, hash, policy);
  if (refused !== undefined) throw noPermit(refused, where);
  const heldEpoch = await epochsOf(deps, input);
  const permits: { [key: string]: Permit } = {};
  const judged = new Set<GateEntry>();
  for (const { id, direction } of input.steps) {
    const found = known.find(id);
    if (!found) throw noPermit(`The plan has no step ${id}.`, where);
    const call = direction === 'do' ? found.call : found.undo;
    if (!call || call.effect === 'read' || call.scope === null) throw noPermit(`${id} has nothing to permit.`, where);
    if (!found.gate) throw noPermit('No gate stands before the step.', where);
    if (policy === undefined && !judged.has(found.gate)) approvedGate(deps, input, known, found.gate);
    judged.add(found.gate);
    const epoch = input.epochs[call.scope];
    if (epoch === undefined || heldEpoch(call.scope) !== epoch)
      throw noPermit(`The run does not hold ${call.scope}.`, where);
    const body: PermitBody = {
      v: 1,
      estateDigest: deps.estateDigest,
      run: request.run,
      mode: 'live',
      stepId: id,
      direction,
      argsHash: argsHashOf(call),
      scope: call.scope,
      epoch,
      exp: deps.clock() + PERMIT_LIFE_MS,
    };
    permits[permitKey(direction, id)] = signPermit(body, deps.signer.publicKey, deps.signer.privateKey(), nativeSign);
  }
  return { permits };
}

function needCore(where: string): LifeboatError {
  const mend = 'The run sends it by itself; nothing is to be done.';
  return refusal(NEED_CORE, 'This control worker has not seen the plan yet.', where, mend);
}

/** What the lease itself says that the run holds. */
async function epochsOf(deps: PlanDeps, input: PermitRequest): Promise<(scope: string) => number | undefined> {
  const { run } = input.request;
  if (input.steps.length === 0) return () => undefined;
  const { holders, taken } = await deps.lease();
  const lost = taken.findLast((one) => one.run === run);
  if (lost) throw takenOver(lost, run);
  return (scope) => (holders[scope]?.run === run ? holders[scope].epoch : undefined);
}

function takenOver({ by, reason }: TakenOver, run: string): LifeboatError {
  return refusal(
    'taken-over',
    `${by} took its scopes over: ${asClause(reason)}.`,
    run,
    'Abort this run: it takes nothing back any more. Look at the run that holds the scopes now (`lifeboat lease`).',
  );
}

function approvedGate(deps: PlanDeps, input: PermitRequest, { core, hash }: KnownPlan, gate: GateEntry): void {
  const { estate } = deps;
  const where = input.request.run;
  checkGateAgainstEstate(deps, gate, effectsAfter(core, gate), where);
  const bots = botKeys(estate);
  const people = decidersOf(estate);
  for (const { decision, key, signature } of input.decisions) {
    const known = speaksFor(key, decision.by, people, bots) !== undefined;
    if (!known || decision.run !== input.request.run || !nativeVerify(decision, signature, key)) {
      throw noPermit('A recorded decision is not genuine.', where);
    }
    if (decision.override !== undefined) checkBreakGlass(deps, decision.by, key, where);
  }
  const standing = gateStanding(gate, core.blockers, input.decisions, {
    attempt: input.attempt,
    planHash: hash,
    requester: input.request.requester,
    bots,
  });
  if (standing.state === 'rejected') throw noPermit(`${gate.title} was rejected.`, where);
  if (standing.state !== 'approved')
    throw noPermit(`${gate.title} is not approved: ${asClause(standing.missing.join(', '))}.`, where);
}

function effectsAfter(core: PlanCore, gate: GateEntry): Set<string> {
  const from = core.entries.findIndex(({ id }) => id === gate.id);
  const after = core.entries.slice(from).flatMap(stepsOf);
  return new Set(after.map(({ call }) => call.effect));
}

/** A plan from elsewhere could bring a gate of its own: its tier and its people must be this estate's. */
function checkGateAgainstEstate({ estate }: PlanDeps, gate: GateEntry, effects: Set<string>, where: string): void {
  const own = tierOf(estate, gate.tier.name);
  const least = minimumTier(estate, effects.has('destroy') ? 'destroy' : 'change').tier;
  if (!isAsStrict(own, least)) throw noPermit(`The tier ${gate.tier.name} is too weak for what follows.`, where);
  if (
    gate.tier.approvals < own.approvals ||
    gate.tier.personalKeys < own.personalKeys ||
    (gate.tier.botSuffices && !own.botSuffices)
  ) {
    throw noPermit("The gate's tier is not the estate's.", where);
  }
  const approvers = new Map(decidersOf(estate, 'approver').map(({ person, keys }) => [person, keys]));
  const foreign = gate.approvers.find(({ person, keys }) => keys.some((key) => !approvers.get(person)?.includes(key)));
  if (foreign) throw noPermit(`${foreign.person} or a key of theirs is not an approver in the estate.`, where);
}

function checkBreakGlass({ estate }: PlanDeps, by: string, key: string, where: string): void {
  if (!mayBreakGlass(estate, by)) throw noPermit(`${by} may not break the glass.`, where);
  const { personalKey } = estate.approvals.breakGlass;
  if (personalKey && personByKey(estate, key)?.id !== by)
    throw noPermit('Breaking the glass needs a personal key.', where);
}

function noPermit(message: string, where: string): LifeboatError {
  return refusal('permit-refused', message, where, 'Plan again and have it approved.');
}
