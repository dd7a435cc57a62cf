/**
 * The lease of an estate as a workflow: it holds the reducers' state (`kernel/authority/lease.ts`, and which estate file
 * rules: `kernel/authority/ruling.ts`), takes updates, and has
 * decisions about the whole estate verified before they are carried out.
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
import {
  acquire,
  EMPTY_LEASE,
  freeze,
  type LeaseState,
  refuseRepeated,
  refuseTakeOver,
  release,
  remember,
  takeOver,
} from '../kernel/authority/lease.ts';
import { showFile } from '../kernel/authority/ruling.ts';
import type { DecisionKind, Refusal, SignedDecision } from '../kernel/decision/decision.ts';
import type { ControlActivities } from '../kernel/run/control.ts';
import {
  acquireUpdate,
  freezeUpdate,
  leaseQuery,
  releaseUpdate,
  rulingQuery,
  showFileUpdate,
  takeOverUpdate,
} from '../kernel/run/messages.ts';

const MAX_HISTORY_EVENTS = 3_000;

export async function lease(estate: string, carried?: LeaseState): Promise<never> {
  let state: LeaseState = { ...EMPTY_LEASE, ...carried };
  setHandler(acquireUpdate, (request) => {
    const { state: next, answer } = acquire(state, request, Date.now());
    state = next;
    return answer;
  });
  setHandler(releaseUpdate, ({ run, scopes }) => {
    state = release(state, run, scopes);
  });
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
    refuse(refuseRepeated(state, signed.decision.id));
    state = remember(state, signed.decision.id);
  }
  setHandler(
    freezeUpdate,
    async ({ decision: signed, on }) => {
      await carryOutOnce(signed);
      const { by, reason, target } = signed.decision;
      state = freeze(state, { what: target === 'expiry' ? 'expiry' : 'runs', by, at: Date.now(), reason }, on);
    },
    {
      validator: ({ decision: { decision }, on }) => {
        refuse(refuseRepeated(state, decision.id) ?? refuseOtherKind(decision.kind, on ? 'freeze' : 'thaw'));
      },
    },
  );
  setHandler(
    takeOverUpdate,
    async (signed) => {
      await carryOutOnce(signed);
      const { target: run, by, reason } = signed.decision;
      refuse(refuseTakeOver(state, run));
      const { state: next, taken } = takeOver(state, { run, by, reason }, Date.now());
      state = next;
      return taken;
    },
    {
      validator: ({ decision }) => {
        refuse(
          refuseRepeated(state, decision.id) ??
            refuseOtherKind(decision.kind, 'take-over') ??
            refuseTakeOver(state, decision.target),
        );
      },
    },
  );
  setHandler(showFileUpdate, (shown) => {
    const { state: next, answer } = showFile(state, shown, Date.now());
    state = { ...state, ...next };
    return answer;
  });
  setHandler(leaseQuery, () => state);
  setHandler(rulingQuery, () => ({ ruling: state.ruling, aside: state.aside }));
  await condition(() => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > MAX_HISTORY_EVENTS);
  await condition(allHandlersFinished);
  return continueAsNew<typeof lease>(estate, state);
}

function refuse(refused: Refusal | undefined): void {
  if (refused) throw ApplicationFailure.nonRetryable(refused.say, refused.rule);
}

function refuseOtherKind(kind: DecisionKind, wanted: DecisionKind): Refusal | undefined {
  return kind === wanted ? undefined : { rule: 'kind', say: 'The decision is of another kind.' };
}
