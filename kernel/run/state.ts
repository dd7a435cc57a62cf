/**
 * What a run is and where it stands: the whole of it is carried over continue-as-new. What queries and records tell of it
 * is a flat projection (`view.ts`), which Slack, the terminal and the report read.
 */

import type { SignedDecision } from '../decision/decision.ts';
import type { RunStart } from '../decision/policy.ts';
import type { ErrorFacts } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { EvidenceMap } from '../plan/evidence.ts';
import type { PackedView } from '../plan/packed-view.ts';
import type { Advice, Call, Plan, PlanCore, WayBack } from '../plan/plan.ts';

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

/** How a run can end. */
export type EndedStatus = 'done' | 'planned' | 'refused' | 'rejected' | 'expired' | 'aborted' | 'stopped';

/** Where a run stands, in a word; it follows from the state ({@link statusOf} in `view.ts`) and is never set. */
export type RunStatus = 'planning' | 'gate' | 'running' | 'holding' | 'paused' | 'question' | 'undoing' | EndedStatus;

/** A run in one of these has ended. */
export const ENDED: readonly RunStatus[] = ['done', 'planned', 'refused', 'rejected', 'expired', 'aborted', 'stopped'];

export function hasEnded({ status }: { readonly status: RunStatus }): boolean {
  return ENDED.includes(status);
}

export type Choice = 'retry' | 'skip' | 'abort' | 'replan' | 'give-back';

export interface Question {
  readonly id: string;
  readonly entry: string;
  readonly say: string;
  readonly error: ErrorFacts;
  readonly choices: readonly Choice[];
  /** What `give-back` does, where it is among the choices. */
  readonly wayBack?: string;
  readonly askedAt: number;
}

/** What a person chose, for the question with this id. */
export interface Answer {
  readonly choice: Choice;
  readonly by: string;
  readonly reason: string;
}

export interface ApprovedPlan {
  readonly attempt: number;
  /** Of its core, which stands in `cores`. */
  readonly planHash: string;
  /** Of a run by policy, whose plan nobody signed: what the signer of permits makes the plan from again. */
  readonly evidence?: EvidenceMap;
}

export interface OpenGate {
  readonly id: string;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/**
 * What the run is doing, with what only that needs. Each phase of the executor enters its own; nobody puts back what was
 * before.
 */
export type Doing =
  | { readonly is: 'planning' }
  /** `trouble`: why the planner refuses at this moment. */
  | { readonly is: 'gate'; readonly gate: OpenGate; readonly trouble: ErrorFacts | null }
  /** Carrying out steps, or between two entries. */
  | { readonly is: 'running' }
  | { readonly is: 'holding'; readonly hold: HoldProgress }
  /** `ending`: how the run ends when all is taken back; none where a hold takes one step back. */
  | { readonly is: 'undoing'; readonly ending?: Pick<Ending, 'as' | 'why'> }
  /** How it ends is decided; its scopes are given back and its record is written. */
  | { readonly is: 'closing' }
  | ({ readonly is: 'ended'; readonly report: string | null } & Ending);

/** How a run ended, all but where its record was written. */
export interface Ending {
  readonly as: EndedStatus;
  readonly at: number;
  /** Why the run ended as it did, when it was not simply done. */
  readonly why: ErrorFacts | null;
  /** Read once more when the run was done, because a fault is often measured only after the approval. */
  readonly evidence: EvidenceMap;
  readonly measured: Measured;
}

/** Whom the run waits for in the midst of what it is doing; it goes on there afterwards. */
export type Interruption =
  | { readonly is: 'question'; readonly question: Question; readonly answer: Answer | null }
  | { readonly is: 'paused' };

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
  /** How many things each of the hold's samples has measured until now. */
  readonly measured: readonly number[];
  readonly last: string;
}

export interface UndoItem {
  readonly stepId: string;
  /** The attempt whose approved plan holds the step; that plan is kept in `approved` until this is undone. */
  readonly attempt: number;
  /** Id of its entry in that plan. */
  readonly entry: string;
  readonly call: Call;
  readonly say: string;
  state: 'pending' | 'undone' | 'must-not' | 'failed';
  because?: string;
  /** What to do about it, should it not be taken back; of its own plan, which may be another by then. */
  readonly ifKept?: Advice;
}

/**
 * Something that a run leaves otherwise than it was to be: `owed` was to be done when it could be, `skipped` was stepped over
 * by a person, `unproven` is a proof or a watch that was stepped over, `kept` was done and not taken back.
 */
export interface LeftItem {
  readonly kind: 'owed' | 'skipped' | 'unproven' | 'kept';
  /** Of the step, or of the hold. */
  readonly id: string;
  /** What it is, as the plan says it. */
  readonly say: string;
  readonly because: string | null;
  readonly advice: Advice | null;
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
  /** Of a step that is one target of an Each: that entry's id. */
  readonly entry?: string;
  readonly say: string;
  readonly ms?: number;
  readonly outcome?: 'ok' | 'failed' | 'skipped' | 'owed' | 'must-not';
  readonly by?: string;
}

/** What was measured, in milliseconds (since 1970 where it is a time); null is "not measured" (I11). */
export interface Measured {
  /** The first failure that a witness outside saw. */
  readonly faultAt: number | null;
  readonly approvedAt: number | null;
  /** When the last step that is the recovery was proven. */
  readonly recoveredAt: number | null;
  readonly rtoFromFaultMs: number | null;
  readonly rtoFromApprovalMs: number | null;
  /** The fault's time less the oldest acknowledged write that was absent. */
  readonly rpoMs: number | null;
}

/** A way back that was chosen; `since`: the first attempt that it was planned in. */
export interface InsteadOfRequest extends Pick<WayBack, 'runbook' | 'input' | 'say'> {
  readonly since: number;
}

export interface RunState {
  readonly format: 1;
  readonly request: RunRequest;
  doing: Doing;
  interruption: Interruption | null;
  attempt: number;
  /** The present plan; its core stands in `cores` under this hash. */
  plan: { readonly hash: string; readonly view: PackedView } | null;
  /** Every core that is still needed, once each, by its hash: the present one, and those in `approved`. */
  cores: { [planHash: string]: PlanCore };
  evidence: EvidenceMap;
  evidenceHashes: string[];
  /** Differences between this attempt's plan and the last one, as sentences. */
  difference: string[];
  cursor: number;
  /** Ids of steps of the current attempt that are done or skipped. */
  done: string[];
  undo: UndoItem[];
  /** What the run has left so far; what it could not take back is added when it ends, or passes its point of no return. */
  left: LeftItem[];
  decisions: SignedDecision[];
  timeline: TimelineItem[];
  seq: number;
  /** What is planned in place of what the run was started for, since people chose to give everything back. */
  instead: InsteadOfRequest | null;
  /** Epoch of each scope that the run holds. */
  epochs: { [scope: string]: number };
  /** Plans that were approved, as long as a step of theirs may have to be undone or permitted again. */
  approved: ApprovedPlan[];
  abort: { by: string; at: number; reason: string; failed?: FailedEntry } | null;
  /** That people asked for a pause; it takes effect at the next boundary. */
  paused: { by: string; at: number; reason: string } | null;
  pivoted: boolean;
  /** Whether anything in the estate may have been changed. */
  touched: boolean;
  readonly startedAt: number;
  approvedAt: number | null;
  firstChangeAt: number | null;
}

/** What the `state` query answers: everything but the plans. */
export interface RunView extends Omit<RunState, 'doing' | 'interruption' | 'plan' | 'cores' | 'approved'> {
  readonly status: RunStatus;
  /** Empty before there is a plan. */
  readonly planHash: string;
  readonly gate: OpenGate | null;
  /** Why the planner refuses at this moment, while a gate is open. */
  readonly trouble: ErrorFacts | null;
  readonly question: Question | null;
  readonly hold: HoldProgress | null;
  readonly endedAt: number | null;
  /** Why the run ended as it did, when it was not simply done. */
  readonly ending: ErrorFacts | null;
  /** Recovery time and data loss, once the run has ended. */
  readonly measured: Measured | null;
  readonly evidenceAtEnd: EvidenceMap;
  /** Where its record was written. */
  readonly report: string | null;
}

/** What the `plan` query answers. */
export interface PlanAnswer {
  readonly plan: Plan | null;
  readonly planHash: string;
  readonly evidence: EvidenceMap;
  readonly evidenceHash: string;
  readonly attempt: number;
  readonly difference: readonly string[];
}
