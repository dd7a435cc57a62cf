/** Decisions that arrive, verified in Temporal's synchronous validator before they are recorded, and the queries. */

import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import {
  type Decision,
  type DecisionContext,
  refuseDecision,
  type SignedDecision,
} from '../../kernel/decision/decision.ts';
import { evidenceHash } from '../../kernel/plan/evidence.ts';
import { openGateOf } from '../../kernel/run/gates.ts';
import { abortSignal, decideUpdate, planQuery, stateQuery } from '../../kernel/run/messages.ts';
import type { Choice } from '../../kernel/run/state.ts';
import { coreIn, planIn, viewOf } from '../../kernel/run/view.ts';
import type { Run } from './run.ts';

/** Kept so that a decision cannot be sent twice; more than any run of people ever needs. */
const MAX_DECISIONS = 500;

export function handleMessages(run: Run): void {
  setHandler(decideUpdate, (signed) => record(run, signed), {
    validator: (signed) => {
      // Synchronous on purpose: an asynchronous validator cannot reject (sdk-typescript #1542).
      const refused = refuseDecision(signed, contextOf(run)) ?? refuseByState(run, signed);
      if (refused) throw ApplicationFailure.nonRetryable(refused.say, refused.rule);
    },
    description: 'Approve, reject, resolve, pause or resume, signed',
  });
  setHandler(
    abortSignal,
    async (signed) => {
      // It may come before there is a plan, which says who may abort.
      await condition(() => run.state.plan !== null || run.state.doing.is === 'ended');
      const refused =
        refuseDecision(signed, contextOf(run)) ??
        (signed.decision.kind === 'abort' ? undefined : { say: 'It is not an abort.' });
      if (refused) run.note({ kind: 'note', id: '', say: `An abort was refused: ${refused.say}`, outcome: 'failed' });
      else abort(run, signed);
    },
    { description: 'Abort, signed' },
  );
  setHandler(stateQuery, () => viewOf(run.state), { description: 'Where the run stands' });
  setHandler(
    planQuery,
    () => ({
      plan: planIn(run.state),
      planHash: run.state.plan?.hash ?? '',
      evidence: run.state.evidence,
      evidenceHash: evidenceHash(run.state.evidence),
      attempt: run.state.attempt,
      difference: run.state.difference,
    }),
    { description: 'The plan and what it was made from' },
  );
}

/** Temporal's own Cancel means pause and ask; it never undoes anything. */
export function cancelMeansPause(run: Run): void {
  CancellationScope.current().cancelRequested.catch(() => {
    if (run.state.doing.is === 'ended' || run.state.paused) return;
    pause(run, 'Temporal', 'the workflow was cancelled in Temporal; Lifeboat takes that as a pause');
  });
}

export function contextOf({ state, now }: Run): DecisionContext {
  const core = coreIn(state) ?? undefined;
  const view = viewOf(state);
  return {
    run: state.request.run,
    mode: state.request.mode,
    requester: state.request.requester,
    now: now(),
    attempt: state.attempt,
    planHash: state.plan?.hash ?? '',
    evidenceHashes: state.evidenceHashes,
    gate: core && openGateOf(core, view),
    question: view.question ?? undefined,
    operators: core?.operators ?? [],
    bots: core?.bots ?? [],
    breakGlass: core?.breakGlass ?? { people: [], personalKey: true },
    overridable: core?.blockers.filter(({ overridable }) => overridable).map(({ rule }) => rule) ?? [],
    decided: state.decisions,
  };
}

function refuseByState({ state }: Run, { decision }: SignedDecision): { rule: string; say: string } | undefined {
  if (state.doing.is === 'ended') return { rule: 'ended', say: 'The run has ended.' };
  if (state.decisions.length >= MAX_DECISIONS)
    return { rule: 'too-many', say: 'The run has recorded too many decisions.' };
  if (decision.kind === 'approve' && state.doing.is === 'gate' && state.doing.trouble)
    return { rule: 'trouble', say: `It cannot be approved now: ${state.doing.trouble.message}` };
  if (decision.kind === 'abort') return { rule: 'kind', say: 'An abort is sent as a signal.' };
  if (decision.kind === 'freeze' || decision.kind === 'thaw')
    return { rule: 'kind', say: 'A freeze is sent to the lease.' };
  if (decision.kind === 'take-over') return { rule: 'kind', say: 'A take-over is sent to the lease.' };
  if (decision.kind === 'pause' && state.paused)
    return { rule: 'paused', say: `Already paused by ${state.paused.by}.` };
  if (decision.kind === 'resume' && !state.paused) return { rule: 'not-paused', say: 'The run is not paused.' };
  return undefined;
}

function record(run: Run, signed: SignedDecision): { recorded: string } {
  const { state } = run;
  const { decision } = signed;
  state.decisions.push(signed);
  const glass = decision.override === undefined ? '' : ` BREAKING THE GLASS over ${decision.override}`;
  const why = decision.reason === '' ? '' : `: ${decision.reason}`;
  // A pause and its end tell of themselves.
  if (decision.kind !== 'pause' && decision.kind !== 'resume') {
    run.note({
      kind: 'decision',
      id: decision.target,
      by: decision.by,
      say: `${decision.by}: ${decision.choice ?? decision.kind}${glass}${why}`,
    });
  }
  if (decision.kind === 'pause') pause(run, decision.by, decision.reason);
  if (decision.kind === 'resume') resume(run, decision.by);
  if (decision.kind === 'resolve' && decision.choice) answer(run, decision.choice, decision);
  return { recorded: decision.id };
}

/** The validator has seen that it is the question which is open now. */
function answer({ state }: Run, choice: Choice, { by, reason }: Decision): void {
  if (state.interruption?.is !== 'question') return;
  state.interruption = { ...state.interruption, answer: { choice, by, reason } };
}

function abort(run: Run, signed: SignedDecision): void {
  const { state } = run;
  const { by, reason } = signed.decision;
  state.decisions.push(signed);
  if (state.pivoted && state.interruption?.is !== 'question') {
    run.note({
      kind: 'note',
      id: '',
      by,
      outcome: 'failed',
      say: `${by} asked to abort after the point of no return: the run goes forward only`,
    });
    return;
  }
  state.abort ??= { by, at: run.now(), reason };
  run.note({ kind: 'decision', id: '', by, say: `${by}: abort${reason === '' ? '' : `: ${reason}`}` });
}

function pause(run: Run, by: string, reason: string): void {
  run.state.paused = { by, at: run.now(), reason };
  run.note({ kind: 'paused', id: '', by, say: `Paused by ${by}${reason === '' ? '' : `: ${reason}`}` });
}

function resume(run: Run, by: string): void {
  run.state.paused = null;
  run.note({ kind: 'resumed', id: '', by, say: `Resumed by ${by}` });
}
