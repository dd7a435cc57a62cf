/**
 * What a run is and where it stands: the whole of it is carried over continue-as-new, and (without the plan) answered
 * to every query. Slack, the terminal and the report are projections of it.
 */

import type { SignedDecision } from '../decision/decision.ts';
import type { RunStart } from '../decision/policy.ts';
import type { ErrorFacts } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EvidenceMap } from '../plan/evidence.ts';
import type { Call, Plan, PlanCore } from '../plan/plan.ts';

export type RunMode = 'plan' | 'live';

/** What starts a run. */
export interface RunRequest {
  readonly v: 1;
  /** Its workflow id. Of a start by policy the executor takes it from Temporal: a Schedule appends the time to the id. */
  readonly run: string;
  readonly estate: string;
  /** Empty in a Schedule's fixed arguments, which must outlive a change of the file; then the worker's copy alone rules. */
  readonly estateDigest: string;
  readonly runbook: string;
  readonly input: JsonObject;
  readonly mode: RunMode;
  readonly requester: string;
  /** Decision of kind `start`, whose target is the hash of `{runbook, input}`; or the name of a policy. */
  readonly start: RunStart;
}

export type RunStatus =
  | 'planning'
  | 'gate'
  | 'running'
  | 'holding'
  | 'paused'
  | 'question'
  | 'undoing'
  | 'done'
  | 'planned'
  | 'refused'
  | 'rejected'
  | 'expired'
  | 'aborted'
  | 'stopped';

/** A run in one of these has ended. */
export const ENDED: readonly RunStatus[] = ['done', 'planned', 'refused', 'rejected', 'expired', 'aborted', 'stopped'];

export function hasEnded({ status }: { readonly status: RunStatus }): boolean {
  return ENDED.includes(status);
}

export type Choice = 'retry' | 'skip' | 'abort' | 'replan';

export interface Question {
  readonly id: string;
  readonly entry: string;
  readonly say: string;
  readonly error: ErrorFacts;
  readonly choices: readonly Choice[];
  readonly askedAt: number;
}

export interface ApprovedPlan {
  readonly attempt: number;
  readonly core: PlanCore;
  /** Of a run by policy, whose plan nobody signed: what the signer of permits makes the plan from again. */
  readonly evidence?: EvidenceMap;
}

export interface OpenGate {
  readonly id: string;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/** Why a policy gave up: which entry of the plan, and what was wrong. */
export interface FailedEntry {
  readonly entry: string;
  readonly error: ErrorFacts;
}

export interface HoldProgress {
  readonly id: string;
  readonly since: number;
  readonly until: number;
  readonly samples: number;
  readonly last: string;
}

export interface UndoItem {
  readonly stepId: string;
  /** The attempt whose approved plan holds the step; its core is kept in `approved` until this is undone. */
  readonly attempt: number;
  /** Position of its entry in that plan. */
  readonly entry: string;
  readonly call: Call;
  readonly say: string;
  state: 'pending' | 'undone' | 'must-not' | 'failed';
  because?: string;
}

export interface TimelineItem {
  readonly at: number;
  readonly kind:
    | 'started'
    | 'planned'
    | 'replanned'
    | 'gate'
    | 'decision'
    | 'lease'
    | 'step'
    | 'hold'
    | 'pivot'
    | 'undo'
    | 'question'
    | 'paused'
    | 'resumed'
    | 'ended'
    | 'note';
  readonly id: string;
  readonly say: string;
  readonly ms?: number;
  readonly outcome?: 'ok' | 'failed' | 'skipped' | 'must-not';
  readonly by?: string;
}

/** What was measured, in milliseconds (since 1970 where it is a time); null is "not measured" (I11). */
export interface Measured {
  /** The first failure that the canary outside saw. */
  readonly faultAt: number | null;
  readonly approvedAt: number | null;
  /** When the last shift of traffic before the pivot was proven. */
  readonly recoveredAt: number | null;
  readonly rtoFromFaultMs: number | null;
  readonly rtoFromApprovalMs: number | null;
  /** The fault's time less the oldest acknowledged canary that was absent. */
  readonly rpoMs: number | null;
}

export interface RunState {
  readonly format: 1;
  readonly request: RunRequest;
  status: RunStatus;
  attempt: number;
  plan: Plan | null;
  planHash: string;
  evidence: EvidenceMap;
  evidenceHashes: string[];
  /** Differences between this attempt's plan and the last one, as sentences. */
  difference: string[];
  cursor: number;
  /** Ids of steps of the current attempt that are done or skipped. */
  done: string[];
  undo: UndoItem[];
  decisions: SignedDecision[];
  gate: OpenGate | null;
  question: Question | null;
  hold: HoldProgress | null;
  timeline: TimelineItem[];
  seq: number;
  /** Epoch of each scope that the run holds. */
  epochs: { [scope: string]: number };
  /** Plans that were approved, as long as a step of theirs may have to be undone or permitted again. */
  approved: ApprovedPlan[];
  /** Why the planner refuses at this moment, while a gate is open. */
  trouble: ErrorFacts | null;
  abort: { by: string; at: number; reason: string; failed?: FailedEntry } | null;
  answer: { question: string; choice: Choice; by: string; reason: string } | null;
  paused: { by: string; at: number; reason: string } | null;
  pivoted: boolean;
  /** Whether anything in the estate may have been changed. */
  touched: boolean;
  readonly startedAt: number;
  approvedAt: number | null;
  firstChangeAt: number | null;
  endedAt: number | null;
  /** Why the run ended as it did, when it was not simply done. */
  ending: ErrorFacts | null;
  report: string | null;
  /** Read once more when the run was done, because a fault is often measured only after the approval. */
  evidenceAtEnd: EvidenceMap;
  /** Recovery time and data loss, once the run has ended. */
  measured: Measured | null;
}

/** What the `state` query answers: everything but the plans. */
export type RunView = Omit<RunState, 'plan' | 'approved'>;

/** What the `plan` query answers. */
export interface PlanAnswer {
  readonly plan: Plan | null;
  readonly planHash: string;
  readonly evidence: EvidenceMap;
  readonly evidenceHash: string;
  readonly attempt: number;
  readonly difference: readonly string[];
}
