/**
 * Runs that no person starts or approves: what stands in the place of both is a policy in the estate file, which was
 * reviewed as the file is. A name proves nothing by itself: whoever plans, passes a gate or signs permits compares the
 * whole request with its own copy of the file, and never permits what destroys (I2).
 */

import type { Effect } from '../plan/plan.ts';
import type { SignedDecision } from './decision.ts';

/** What starts a run in place of a person's signature. */
export interface PolicyStart {
  /** Its name in the estate file. */
  readonly policy: string;
}

export type RunStart = SignedDecision | PolicyStart;

/** What a policy says of the run itself; the control worker answers it from its own estate file. */
export interface PolicyTerms {
  readonly maxEffect: 'read' | 'change';
  /** `undo`: takes back and ends, where another run would ask. `ask`: asks people as any run. */
  readonly onFailure: 'undo' | 'ask';
}

/** Of a start by policy its name, else undefined. Takes whatever came over the wire. */
export function policyOf(start: RunStart): string | undefined {
  if (typeof start !== 'object' || start === null || !('policy' in start)) return undefined;
  return typeof start.policy === 'string' ? start.policy : '';
}

/** The signed decision that started a run; undefined where a policy did. */
export function signedStart(start: RunStart): SignedDecision | undefined {
  return 'decision' in start && policyOf(start) === undefined ? start : undefined;
}

/** No person's short name has a colon, so a policy is never taken for one. */
const PREFIX = 'policy:';

/** Who such a run names as its requester. */
export function policyRequester(name: string): string {
  return `${PREFIX}${name}`;
}

/** Whether a requester is a policy, which nobody can write to and which approves nothing. */
export function isPolicyRequester(requester: string): boolean {
  return requester.startsWith(PREFIX);
}

const ORDER: readonly Effect[] = ['read', 'change', 'destroy'];

/** Whether an effect is more than a policy lets through; what destroys always is. */
export function isBeyond(effect: Effect, { maxEffect }: Pick<PolicyTerms, 'maxEffect'>): boolean {
  return effect === 'destroy' || ORDER.indexOf(effect) > ORDER.indexOf(maxEffect);
}
