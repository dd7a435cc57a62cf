/**
 * Names and types of everything that is sent to or asked of a run, the lease, or who posts to Slack; bot, CLI and
 * workflows share these.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AcquireAnswer, AcquireRequest, LeaseView, TakenOver } from '../authority/lease.ts';
import type { RulingAnswer, RulingState, Shown } from '../authority/ruling.ts';
import type { SignedDecision } from '../decision/decision.ts';
import type { PlanAnswer, RunView } from './state.ts';

/** Every decision but abort; refused by a synchronous validator with the rule's name. */
export const decideUpdate = defineUpdate<{ recorded: string }, [SignedDecision]>('decide');
/** Abort is a Signal, so that it is accepted while no worker lives; its handler verifies. */
export const abortSignal = defineSignal<[SignedDecision]>('abort');
export const stateQuery = defineQuery<RunView>('state');
export const planQuery = defineQuery<PlanAnswer>('plan');

export const acquireUpdate = defineUpdate<AcquireAnswer, [AcquireRequest]>('acquire');
/** Without scopes: every one that the run holds. */
export const releaseUpdate = defineUpdate<void, [{ run: string; scopes?: readonly string[] }]>('release');
export const freezeUpdate = defineUpdate<void, [{ decision: SignedDecision; on: boolean }]>('freeze');
/** Its decision's target is the run that holds the scopes. */
export const takeOverUpdate = defineUpdate<TakenOver, [SignedDecision]>('takeOver');
export const leaseQuery = defineQuery<LeaseView>('lease');
/** A control worker shows the estate file that it has; answers whether it rules. */
export const showFileUpdate = defineUpdate<RulingAnswer, [Shown]>('showFile');
export const rulingQuery = defineQuery<RulingState>('ruling');

/** Asks that this one of several bots posts to Slack, for so long from when it is granted. */
export interface PostingRequest {
  readonly bot: string;
  readonly forMs: number;
}

/** Times are by the workflow's clock, in milliseconds since 1970. */
export interface PostingGrant {
  readonly bot: string;
  /** Since then no other bot has held it. */
  readonly since: number;
  readonly until: number;
}

/** What a refusal called `POSTING_HELD` tells: who posts, until when, and how long that still is. */
export interface PostingHeld {
  readonly bot: string;
  readonly until: number;
  readonly leftMs: number;
}

export const POSTING_HELD = 'posting-held';
export const postUpdate = defineUpdate<PostingGrant, [PostingRequest]>('post');
export const stopPostingUpdate = defineUpdate<void, [{ bot: string }]>('release');
export const postingQuery = defineQuery<PostingGrant | null>('posting');

/** `<runbook>/<estate>/<requestId>`: the lease, not the id, locks. */
export function runId(runbook: string, estate: string, requestId: string): string {
  return `${runbook}/${estate}/${requestId}`;
}

export function leaseId(estate: string): string {
  return `lease/${estate}`;
}

/** Name of the lease's workflow. */
export const LEASE_WORKFLOW = 'lease';

/** How the lease is made by whoever speaks to it first: a run, a freeze, or a control worker that shows its file. */
export function leaseStart(estate: string) {
  return {
    workflowId: leaseId(estate),
    taskQueue: controlQueueOf(estate),
    args: [estate] as [string],
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    workflowTaskTimeout: '2s' as const,
    staticSummary: `Who holds what in ${estate}`,
  };
}

export function postingId(estate: string): string {
  return `posting/${estate}`;
}

export function controlQueueOf(estate: string): string {
  return `${estate}.control`;
}
