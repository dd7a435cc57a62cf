/**
 * What an operator can do, as one typed API: the slash command and the terminal are two skins of it.
 *
 * Every decision is signed before it leaves (kernel/decision/decision.ts); what Temporal's client connection may do is nothing
 * by itself (I2).
 */

import type { LeaseView, TakenOver } from '../kernel/authority/lease.ts';
import type { Decision, SignedDecision } from '../kernel/decision/decision.ts';
import type { LifeboatError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { PostingGrant, PostingHeld, PostingRequest } from '../kernel/run/messages.ts';
import type { RegionsView } from '../kernel/run/regions.ts';
import type { Choice, PlanAnswer, RunMode, RunStatus, RunView } from '../kernel/run/state.ts';
import type { PendingCall } from '../kernel/run/under-way.ts';

/** Speaks for people: the terminal for the one whose key it has, the bot for each whom Slack identified. */
export interface Signer {
  sign(decision: Decision): SignedDecision;
}

export interface StartRequest {
  readonly runbook: string;
  readonly input: JsonObject;
  readonly mode: RunMode;
  readonly by: string;
  /** From the trigger (Slack's trigger id, or a random one), so that a retry cannot start twice. */
  readonly requestId: string;
  readonly reason?: string;
}

export interface PolicyRequest {
  /** Its name in the estate file. */
  readonly policy: string;
  /** As of a {@link StartRequest}. */
  readonly requestId: string;
}

export interface RunSummary {
  readonly run: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly requester: string;
  readonly status: RunStatus | 'unknown';
  readonly phase: string;
  readonly startedAt: number;
  readonly closed: boolean;
  /** What a run that has ended left; missing of one that does not say. */
  readonly left?: RunView['left'];
}

/** What a person was shown when they decided; see `runs/shown.ts`. */
export interface Shown {
  /** The id of what is decided on: of the gate, and for `resolve` of the question. */
  readonly gate: string;
  readonly attempt: number;
  readonly planHash: string;
  readonly evidenceHash: string;
}

export interface DecideRequest {
  readonly run: string;
  readonly by: string;
  readonly reason?: string;
  /** Left out, the run's present state is read and signed. */
  readonly shown?: Shown;
  readonly override?: string;
}

export interface WatchOptions {
  /** How often the run is asked, in milliseconds; 500 when left out. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  /** Called when the run could not be asked, and with undefined when it answers again. */
  readonly onTrouble?: (error: LifeboatError | undefined) => void;
}

export type PostingAnswer =
  | { readonly granted: true; readonly grant: PostingGrant }
  | { readonly granted: false; readonly held: PostingHeld };

/** Every method throws LifeboatError: the refusing rule's name as `type`, its sentence as `message`. */
export interface Lifeboat {
  /** Answers as soon as the run has a plan, was refused, or has ended; at the latest after `timeoutMs` (10 s). */
  start(request: StartRequest, timeoutMs?: number): Promise<RunView>;
  /** As `start`, for what a policy of the estate file lets run without people; nothing is signed. */
  startPolicy(request: PolicyRequest, timeoutMs?: number): Promise<RunView>;
  /** Newest first; live and recently closed runs of this estate. */
  list(options?: { readonly open?: boolean; readonly limit?: number }): Promise<readonly RunSummary[]>;
  /**
   * Accepts a whole run id, an unambiguous part of its request id, or the region or runbook of the only open run about
   * it; left out, the only open run. @throws `unknown-run`, `ambiguous-run`.
   */
  find(nameOrPart?: string): Promise<string>;
  state(run: string): Promise<RunView>;
  plan(run: string): Promise<PlanAnswer>;
  /** The calls that the run waits for at this moment; which steps these are says kernel/run/under-way.ts. */
  pending(run: string): Promise<readonly PendingCall[]>;
  approve(request: DecideRequest): Promise<void>;
  reject(request: DecideRequest): Promise<void>;
  resolve(request: DecideRequest & { readonly choice: Choice }): Promise<void>;
  pause(request: DecideRequest): Promise<void>;
  resume(request: DecideRequest): Promise<void>;
  abort(request: DecideRequest): Promise<void>;
  freeze(request: {
    readonly what: 'runs' | 'expiry';
    readonly on: boolean;
    readonly by: string;
    readonly reason: string;
  }): Promise<void>;
  /** Takes all scopes of a run that holds them and will never give them back; needs a personal key. */
  takeOver(request: { readonly run: string; readonly by: string; readonly reason: string }): Promise<TakenOver>;
  lease(): Promise<LeaseView>;
  /** How the estate stands by region, read just now; answers within 8 s. */
  regions(): Promise<RegionsView>;
  /** Takes or renews the posting lease for one of the estate's bots, or says which one has it. Answers within 4 s. */
  post(request: PostingRequest): Promise<PostingAnswer>;
  /** Gives the posting lease back; nothing happens when another bot has it. */
  stopPosting(bot: string): Promise<void>;
  /**
   * Yields whenever the run's state changed, until it has ended or `signal` is aborted. Goes on while no worker or no
   * Temporal answers; see `onTrouble`. @throws `unknown-run`, `ended-from-outside` when Temporal ended it.
   */
  watch(run: string, options?: WatchOptions): AsyncIterable<RunView>;
  close(): Promise<void>;
}
