/**
 * The activities that the executor needs beside a plan's own steps; they run on the control queue and change nothing
 * in the estate. Types only: `workflows/` calls them, `activities/` implements them.
 */

import type { AcquireAnswer } from '../authority/lease.ts';
import type { Permit } from '../authority/permit.ts';
import type { SignedDecision } from '../decision/decision.ts';
import type { PolicyTerms } from '../decision/policy.ts';
import type { EvidenceMap } from '../plan/evidence.ts';
import type { PackedView } from '../plan/packed-view.ts';
import type { Call, PlanCore, WayBack } from '../plan/plan.ts';
import type { CarriedRecord } from './record.ts';
import type { RegionsView } from './regions.ts';
import type { RunRequest } from './state.ts';

export interface PlanAnswerOfActivity {
  readonly planHash: string;
  /** Null where it is the one that the run said it knows: a plan over a thousand nodes is not sent with every reading. */
  readonly core: PlanCore | null;
  readonly view: PackedView;
}

/** What a run reads before it plans, on the estate file that the control worker has now. */
export interface Opened {
  readonly probes: { readonly [name: string]: Call };
  readonly estateDigest: string;
  /** Of a run by policy: what the control worker's own estate file says of it. */
  readonly policy?: PolicyTerms;
}

export interface PermitRequest {
  readonly request: RunRequest;
  readonly attempt: number;
  /** Of the plan that was approved. */
  readonly planHash: string;
  /**
   * That plan; the signer hashes it itself. Left out where a signer may have it from before: one that has not refuses with
   * `need-core`, and is then sent it.
   */
  readonly core?: PlanCore;
  readonly decisions: readonly SignedDecision[];
  readonly epochs: { readonly [scope: string]: number };
  /** Only for a run by policy: what the plan was made from, so that the signer can make it again. */
  readonly evidence?: EvidenceMap;
  /** None: whether the policy lets the whole plan through is all that is asked. */
  readonly steps: readonly { readonly id: string; readonly direction: 'do' | 'undo' }[];
}

export interface PermitAnswer {
  /** By `direction/stepId`. */
  readonly permits: { readonly [key: string]: Permit };
}

/**
 * What is planned in place of what the request names: a plan's own way back. Nobody signed it as a start; what comes of it is
 * a plan like any other, and does nothing until people approve it.
 */
export type Instead = Pick<WayBack, 'runbook' | 'input'>;

export interface ControlActivities {
  /**
   * Verifies who started it; answers the probes. Refuses bad input (I12), and the first time another estate file than
   * the one that the start was signed on; later a changed file leads to a new plan.
   */
  'run.open': (input: { request: RunRequest; again: boolean; instead?: Instead }) => Promise<Opened>;
  /** What to read to know how the regions stand, on the estate file that the control worker has now. */
  'look.probes': (input: { estate: string }) => Promise<Pick<Opened, 'probes' | 'estateDigest'>>;
  'look.regions': (input: { estate: string; evidence: EvidenceMap }) => Promise<RegionsView>;
  /** `known`: hash of the plan that the run has. */
  'run.plan': (input: {
    request: RunRequest;
    evidence: EvidenceMap;
    known?: string;
    instead?: Instead;
  }) => Promise<PlanAnswerOfActivity>;
  'run.permits': (input: PermitRequest) => Promise<PermitAnswer>;
  /** Writes the run's record; answers where. */
  'run.record': (input: { record: CarriedRecord }) => Promise<{ location: string }>;
  'lease.acquire': (input: {
    estate: string;
    run: string;
    requester: string;
    scopes: readonly string[];
  }) => Promise<AcquireAnswer>;
  /** Whether a freeze, thaw or take-over is signed by someone who may, in this worker's own estate; refuses it otherwise. */
  'decision.verify': (input: { estate: string; decision: SignedDecision }) => Promise<null>;
  /** Without scopes: every one that the run holds. */
  'lease.release': (input: { estate: string; run: string; scopes?: readonly string[] }) => Promise<null>;
}

/** The type of the refusal of a signer that has not seen the plan yet. */
export const NEED_CORE = 'need-core';

/** Key of a permit in a PermitAnswer. */
export function permitKey(direction: 'do' | 'undo', stepId: string): string {
  return `${direction}/${stepId}`;
}
