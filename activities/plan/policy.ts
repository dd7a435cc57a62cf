/**
 * Whether a run by policy is exactly what this worker's own estate file holds, and whether a plan is what that policy
 * lets through.
 *
 * Nobody signed such a plan, so its hash proves nothing: whoever reaches Temporal could bring steps of their own under a
 * policy's name. The plan is therefore made here again, and only the runbook's own is permitted (I2). The evidence is
 * believed; with false evidence one still gets no other steps than the runbook has for this input, and no others than
 * the lease has granted the scopes of (permits.ts).
 */
import { own } from '../../estate/lookup.ts';
import type { Policy } from '../../estate/runs/policies.ts';
import type { Estate } from '../../estate/schema.ts';
import { isBeyond, policyRequester } from '../../kernel/decision/policy.ts';
import { LifeboatError } from '../../kernel/errors.ts';
import { brokenBounds, type Plan, planHash, stepsOf } from '../../kernel/plan/plan.ts';
import type { PermitRequest } from '../../kernel/run/control.ts';
import type { RunRequest } from '../../kernel/run/state.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import type { PlanDeps } from './deps.ts';
import { makePlan } from './make.ts';

/** The policy that a request names, or why it is not that policy's run. */
export function policyFor(estate: Estate, request: RunRequest, name: string): Policy | { readonly why: string } {
  const policy = own(estate.policies, name);
  if (!policy) return { why: "This worker's estate file has no policy of that name." };
  if (request.mode !== 'live') return { why: 'A policy starts live runs only.' };
  if (policy.runbook !== request.runbook) return { why: `The policy ${name} is for another runbook.` };
  if (hashOf(policy.inputs) !== hashOf(request.input)) return { why: `The policy ${name} is for another input.` };
  if (request.requester !== policyRequester(name)) return { why: 'A run by policy has no other requester.' };
  const prefix = `${request.runbook}/${estate.name}/`;
  if (!request.run.startsWith(prefix)) return { why: `The id of the workflow does not begin with ${prefix}.` };
  return policy;
}

/** Why the policy does not let the plan of this hash through; undefined when it does. As a full sentence. */
export function refusedByPolicy(deps: PlanDeps, input: PermitRequest, hash: string, name: string): string | undefined {
  const { request, evidence } = input;
  const policy = policyFor(deps.estate, request, name);
  if ('why' in policy) return policy.why;
  if (evidence === undefined)
    return 'A plan that nobody signed is permitted only with the evidence that it was made from.';
  const made = madeAgain(deps, { request, evidence });
  if (made === undefined) return 'This evidence gives no plan.';
  if (planHash(made.core) !== hash) return 'This evidence gives another plan.';
  const [blocker] = made.core.blockers;
  if (blocker) return `A rule stands in the way, and a policy overrides none: ${blocker.say}`;
  const broken = made.core.entries.flatMap((one) => (one.kind === 'gate' ? brokenBounds(one, made.view) : []));
  if (broken.length > 0) return `Out of bounds: ${broken.map(({ measure }) => measure).join(', ')}.`;
  const beyond = made.core.entries.flatMap(stepsOf).find(({ call }) => isBeyond(call.effect, policy));
  if (beyond) {
    const say = made.view.says[beyond.id] ?? beyond.id;
    return `"${say}" is of the effect ${beyond.call.effect}, and the policy ${name} lets ${policy.maxEffect} through at most.`;
  }
  return undefined;
}

/** Evidence that was made by hand may have any shape, on which a planner throws anything. */
function madeAgain(deps: PlanDeps, input: Parameters<typeof makePlan>[1]): Plan | undefined {
  try {
    return makePlan(deps, input);
  } catch (error) {
    if (LifeboatError.is(error) || error instanceof Error) return undefined;
    throw error;
  }
}
