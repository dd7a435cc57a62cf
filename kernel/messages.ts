/** Names and types of everything that is sent to or asked of a run or the lease; bot, CLI and workflows share these. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SignedDecision } from './decision.ts';
import type { PlanAnswer, RunView } from './run-state.ts';

/** Every decision but abort; refused by a synchronous validator with the rule's name. */
export const decideUpdate = defineUpdate<{ recorded: string }, [SignedDecision]>('decide');
/** Abort is a Signal, so that it is accepted while no worker lives; its handler verifies. */
export const abortSignal = defineSignal<[SignedDecision]>('abort');
export const stateQuery = defineQuery<RunView>('state');
export const planQuery = defineQuery<PlanAnswer>('plan');

export interface Grant {
  readonly run: string;
  readonly requester: string;
  readonly epoch: number;
  readonly at: number;
}

export type AcquireAnswer =
  | { readonly granted: true; readonly epochs: { readonly [scope: string]: number } }
  | { readonly granted: false; readonly scope: string; readonly holder: Grant }
  | { readonly granted: false; readonly frozen: { readonly by: string; readonly reason: string } };

export interface AcquireRequest {
  readonly run: string;
  readonly requester: string;
  readonly scopes: readonly string[];
}

export interface Freeze {
  readonly what: 'runs' | 'expiry';
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

export interface LeaseView {
  readonly holders: { readonly [scope: string]: Grant };
  readonly last: { readonly [scope: string]: number };
  readonly freezes: readonly Freeze[];
}

export const acquireUpdate = defineUpdate<AcquireAnswer, [AcquireRequest]>('acquire');
export const releaseUpdate = defineUpdate<void, [{ run: string }]>('release');
export const freezeUpdate = defineUpdate<void, [{ decision: SignedDecision; on: boolean }]>('freeze');
export const leaseQuery = defineQuery<LeaseView>('lease');

/** `<runbook>/<estate>/<requestId>`: the lease, not the id, locks. */
export function runId(runbook: string, estate: string, requestId: string): string {
  return `${runbook}/${estate}/${requestId}`;
}

export function leaseId(estate: string): string {
  return `lease/${estate}`;
}

export function controlQueueOf(estate: string): string {
  return `${estate}.control`;
}
