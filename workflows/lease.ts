/**
 * The lease of an estate: one workflow holds all scopes. Acquire never waits: it grants all, or names a holder (I3).
 *
 * `epoch = max(last + 1, now)`: a fresh Temporal, with everything lost, still grants epochs above those that the
 * agents' marks have seen.
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
import type { ControlActivities } from '../kernel/control.ts';
import {
  type AcquireAnswer,
  type AcquireRequest,
  acquireUpdate,
  type Freeze,
  freezeUpdate,
  type Grant,
  leaseQuery,
  releaseUpdate,
} from '../kernel/messages.ts';

export interface LeaseState {
  holders: { [scope: string]: Grant };
  last: { [scope: string]: number };
  freezes: Freeze[];
  /** Ids of the freezes and thaws that were carried out, so that none is replayed while it has not expired. */
  decided: string[];
}

const MAX_HISTORY_EVENTS = 3_000;
const MAX_DECIDED = 500;

export async function lease(estate: string, carried?: LeaseState): Promise<never> {
  const state: LeaseState = carried ?? { holders: {}, last: {}, freezes: [], decided: [] };
  setHandler(acquireUpdate, (request) => acquire(state, request));
  setHandler(releaseUpdate, ({ run }) => release(state, run));
  const { 'decision.verify': verifyDecision } = proxyActivities<ControlActivities>({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '20s',
    retry: { maximumAttempts: 3 },
    summary: 'Verify who freezes or thaws',
  });
  setHandler(
    freezeUpdate,
    async (signed) => {
      const { on } = signed;
      const { decision } = signed.decision;
      try {
        await verifyDecision({ estate, decision: signed.decision });
      } catch (error) {
        const cause = error instanceof ActivityFailure ? error.cause : undefined;
        const why = cause instanceof ApplicationFailure ? cause.message : 'It could not be verified.';
        throw ApplicationFailure.nonRetryable(why, 'bad-decision');
      }
      // Asked again here: two copies of one decision may have been verified side by side.
      if (state.decided.includes(decision.id))
        throw ApplicationFailure.nonRetryable('It was already recorded.', 'duplicate');
      state.decided = [...state.decided, decision.id].slice(-MAX_DECIDED);
      const what = decision.target === 'expiry' ? 'expiry' : 'runs';
      state.freezes = state.freezes.filter((one) => one.what !== what);
      if (on) state.freezes.push({ what, by: decision.by, at: Date.now(), reason: decision.reason });
    },
    {
      validator: ({ decision: { decision }, on }) => {
        if (state.decided.includes(decision.id))
          throw ApplicationFailure.nonRetryable('It was already recorded.', 'duplicate');
        if (decision.kind !== (on ? 'freeze' : 'thaw'))
          throw ApplicationFailure.nonRetryable('The decision is of another kind.', 'kind');
      },
    },
  );
  setHandler(leaseQuery, () => state);
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > MAX_HISTORY_EVENTS);
  await condition(allHandlersFinished);
  return continueAsNew<typeof lease>(estate, state);
}

function acquire(state: LeaseState, { run, requester, scopes }: AcquireRequest): AcquireAnswer {
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
