/** The first thing that a run does: may it be started so, on this estate, with input that can be? */

import { botKeys, decidersOf } from '../../estate/people/questions.ts';
import { nativeVerify } from '../../host/native-ed25519.ts';
import { CLOCK_SKEW_MS, type SignedDecision, speaksFor } from '../../kernel/decision/decision.ts';
import { policyOf } from '../../kernel/decision/policy.ts';
import { LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Instead, Opened } from '../../kernel/run/control.ts';
import type { RunRequest } from '../../kernel/run/state.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import { estateDiffers, type PlanDeps, runbookNamed } from './deps.ts';
import { policyFor } from './policy.ts';

/**
 * Anyone with a role may plan; only operators may run. What stands as a policy in this worker's estate file may be run by
 * whoever reaches Temporal, such as a Schedule: exactly so and no otherwise.
 */
export function openRequest(
  deps: PlanDeps,
  { request, again, instead = request }: { request: RunRequest; again: boolean; instead?: Instead },
): Opened {
  const { estateDigest } = deps;
  const name = policyOf(request.start);
  if (request.estate !== deps.estate.name) throw estateDiffers(request.run);
  const unsaid = name !== undefined && request.estateDigest === '';
  if (request.estateDigest !== estateDigest && !again && !unsaid) throw estateDiffers(request.run);
  const policy = name === undefined ? verifyStart(deps, request) : verifyPolicy(deps, request, name);
  const runbook = runbookNamed(deps, instead.runbook);
  try {
    return { probes: runbook.probes(deps.estate, instead.input), estateDigest, ...policy };
  } catch (error) {
    if (LifeboatError.is(error)) throw error;
    throw refusal(
      'bad-input',
      `The input is not what ${instead.runbook} takes.`,
      instead.runbook,
      `See \`lifeboat help ${instead.runbook}\`.`,
    );
  }
}

function verifyPolicy({ estate }: PlanDeps, request: RunRequest, name: string): Pick<Opened, 'policy'> {
  const policy = policyFor(estate, request, name);
  if (!('why' in policy)) return { policy: { maxEffect: policy.maxEffect, onFailure: policy.onFailure } };
  throw refusal(
    'bad-start',
    policy.why,
    request.run,
    'Write the policy into the estate file, by review, and give it to every worker; or run it as yourself.',
  );
}

function verifyStart({ estate, clock }: PlanDeps, request: RunRequest): undefined {
  // A start by policy was told apart before.
  const { decision, key, signature } = request.start as SignedDecision;
  const refuse = (message: string): LifeboatError =>
    refusal('bad-start', message, request.run, 'Start runs with `/lifeboat run` or `lifeboat run`, as yourself.');
  const deciders = decidersOf(estate, request.mode === 'live' ? 'operator' : undefined);
  if (decision.kind !== 'start' || decision.run !== request.run || decision.mode !== request.mode) {
    throw refuse('The start was signed for something else.');
  }
  if (decision.by !== request.requester) throw refuse('The start was signed for another requester.');
  if (decision.target !== hashOf({ runbook: request.runbook, input: request.input }))
    throw refuse('The input is not the one that was signed.');
  if (speaksFor(key, decision.by, deciders, botKeys(estate)) === undefined)
    throw refuse(`${decision.by} may not start this, or the key is not theirs.`);
  if (!nativeVerify(decision, signature, key)) throw refuse('The signature of the start is wrong.');
  if (decision.exp - decision.at > 24 * 3_600_000 || decision.at > clock() + CLOCK_SKEW_MS)
    throw refuse('The dates of the start are wrong.');
}
