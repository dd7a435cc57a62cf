/**
 * The lease of an estate: one workflow holds all scopes. Acquire never waits: it grants all, or names a holder (I3).
 *
 * `epoch = max(last + 1, now)`: a fresh Temporal, with everything lost, still grants epochs above those that the
 * agents' marks have seen.
 *
 * A holder that will never end is taken over by a signed act. Must never happen: such a run grabs its scopes back. So it
 * is remembered by its id, gets none again, and the next grant's epoch fences off whatever it still has in flight.
 */

import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { SignedDecision } from '../kernel/decision/decision.ts';
import type { ControlActivities } from '../kernel/run/control.ts';
import {
  type AcquireAnswer,
  type AcquireRequest,
  acquireUpdate,
  type Freeze,
  freezeUpdate,
  type Grant,
  leaseQuery,
  releaseUpdate,
  type TakenOver,
  takeOverUpdate,
} from '../kernel/run/messages.ts';

export interface LeaseState {
  holders: { [scope: string]: Grant };
  last: { [scope: string]: number };
  freezes: Freeze[];
  /** The newest of all take-overs; see {@link MAX_TAKEN}. */
  taken: TakenOver[];
  /** Ids of the decisions that were carried out, so that none is replayed while it has not expired. */
  decided: string[];
}

const MAX_HISTORY_EVENTS = 3_000;
const MAX_DECIDED = 500;
/** More than an estate ever sees; a run that is older than so many take-overs is gone for good. */
const MAX_TAKEN = 200;

export async function lease(estate: string, carried?: LeaseState): Promise<never> {
  const state: LeaseState = { holders: {}, last: {}, freezes: [], taken: [], decided: [], ...carried };
  setHandler(acquireUpdate, (request) => acquire(state, request));
  setHandler(releaseUpdate, ({ run }) => release(state, run));
  const { 'decision.verify': verifyDecision } = proxyActivities<ControlActivities>({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '20s',
    retry: { maximumAttempts: 3 },
    summary: 'Verify who decides',
  });
  /** Throws what refuses the decision; after it, it is recorded. */
  async function carryOutOnce(signed: SignedDecision): Promise<void> {
    try {
      await verifyDecision({ estate, decision: signed });
    } catch (error) {
      const cause = error instanceof ActivityFailure ? error.cause : undefined;
      const why = cause instanceof ApplicationFailure ? cause.message : 'It could not be verified.';
      throw ApplicationFailure.nonRetryable(why, 'bad-decision');
    }
    // Asked again here: two copies of one decision may have been verified side by side.
    refuseRepeated(state, signed);
    state.decided = [...state.decided, signed.decision.id].slice(-MAX_DECIDED);
  }
  setHandler(
    freezeUpdate,
    async (signed) => {
      const { on } = signed;
      const { decision } = signed.decision;
      await carryOutOnce(signed.decision);
      const what = decision.target === 'expiry' ? 'expiry' : 'runs';
      state.freezes = state.freezes.filter((one) => one.what !== what);
      if (on) state.freezes.push({ what, by: decision.by, at: Date.now(), reason: decision.reason });
    },
    {
      validator: ({ decision, on }) => {
        refuseRepeated(state, decision);
        refuseOtherKind(decision, on ? 'freeze' : 'thaw');
      },
    },
  );
  setHandler(
    takeOverUpdate,
    async (signed) => {
      await carryOutOnce(signed);
      return takeOver(state, signed);
    },
    {
      validator: (signed) => {
        refuseRepeated(state, signed);
        refuseOtherKind(signed, 'take-over');
        refuseNotHeld(state, signed);
      },
    },
  );
  setHandler(leaseQuery, () => state);
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > MAX_HISTORY_EVENTS);
  await condition(allHandlersFinished);
  return continueAsNew<typeof lease>(estate, state);
}

function refuseRepeated({ decided }: LeaseState, { decision }: SignedDecision): void {
  if (decided.includes(decision.id)) throw ApplicationFailure.nonRetryable('It was already recorded.', 'duplicate');
}

function refuseOtherKind({ decision }: SignedDecision, kind: SignedDecision['decision']['kind']): void {
  if (decision.kind !== kind) throw ApplicationFailure.nonRetryable('The decision is of another kind.', 'kind');
}

function scopesOf({ holders }: LeaseState, run: string): string[] {
  return Object.entries(holders).flatMap(([scope, holder]) => (holder.run === run ? [scope] : []));
}

function refuseNotHeld(state: LeaseState, { decision }: SignedDecision): string[] {
  const scopes = scopesOf(state, decision.target);
  if (scopes.length === 0)
    throw ApplicationFailure.nonRetryable(`${decision.target} holds no scope that could be taken.`, 'not-held');
  return scopes;
}

function takeOver(state: LeaseState, signed: SignedDecision): TakenOver {
  const { target: run, by, reason } = signed.decision;
  const taken: TakenOver = { run, by, at: Date.now(), reason, scopes: refuseNotHeld(state, signed) };
  release(state, run);
  state.taken = [...state.taken, taken].slice(-MAX_TAKEN);
  return taken;
}

function acquire(state: LeaseState, { run, requester, scopes }: AcquireRequest): AcquireAnswer {
  const taken = state.taken.findLast((one) => one.run === run);
  if (taken) return { granted: false, taken };
  const frozen = state.freezes.find(({ what }) => what === 'runs');
  if (frozen) return { granted: false, frozen: { by: frozen.by, reason: frozen.reason } };
  for (const scope of scopes) {
    const holder = state.holders[scope];
    if (holder && holder.run !== run) return { granted: false, scope, holder };
  }
  const now = Date.now();
  const epochs = Object.fromEntries(
    scopes.map((scope) => {
      // Asked again by the run that holds it (its activity was retried): the same epoch, not a new one.
      const mine = state.holders[scope];
      const epoch = mine?.epoch ?? Math.max((state.last[scope] ?? 0) + 1, now);
      state.holders[scope] = mine ?? { run, requester, epoch, at: now };
      state.last[scope] = epoch;
      return [scope, epoch];
    }),
  );
  return { granted: true, epochs };
}

function release(state: LeaseState, run: string): void {
  for (const [scope, holder] of Object.entries(state.holders)) {
    if (holder.run === run) delete state.holders[scope];
  }
}
