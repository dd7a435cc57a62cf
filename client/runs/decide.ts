/**
 * Decisions: built from what the person was shown, signed, and sent. Only the signature counts (I2); a decision that was
 * made about another plan than the run's present one is refused there.
 */
import { randomUUID } from 'node:crypto';
import { pause } from '../../host/pause.ts';
import type { Decision, DecisionKind, SignedDecision } from '../../kernel/decision/decision.ts';
import { refusal } from '../../kernel/errors.ts';
import { abortSignal, decideUpdate } from '../../kernel/run/messages.ts';
import type { Choice, RunMode, RunView } from '../../kernel/run/state.ts';
import type { DecideRequest, Shown } from '../api.ts';
import { bounded, type ClientContext, SERVER_TIMEOUT_MS, WORKER_TIMEOUT_MS } from '../temporal/context.ts';
import { describeOpen, planOf, queryState } from './query.ts';
import { openGateId, openQuestionId, shownOf } from './shown.ts';

/** Long enough for clocks that differ and a worker that starts over, short enough that a stolen one is soon worthless. */
const DECISION_VALID_MS = 5 * 60_000;
/** An abort is a signal, which answers nothing; the run is asked for this long whether it took it. */
const ABORT_SEEN_MS = 3_000;
const ABORT_POLL_MS = 100;

const NOTHING_SHOWN: Shown = { gate: '', attempt: 0, planHash: '', evidenceHash: '' };

interface NewDecision {
  readonly run: string;
  readonly mode: RunMode;
  readonly kind: DecisionKind;
  readonly by: string;
  readonly reason?: string | undefined;
  /** Gate, question, or hash of the input; empty for the others. */
  readonly target?: string;
  readonly shown?: Shown;
  readonly choice?: Choice | undefined;
  readonly override?: string | undefined;
}

/** A signed decision that holds for five minutes from now. */
export function newDecision({ signer, clock }: ClientContext, wanted: NewDecision): SignedDecision {
  const shown = wanted.shown ?? NOTHING_SHOWN;
  const at = clock();
  const decision: Decision = {
    v: 1,
    run: wanted.run,
    mode: wanted.mode,
    kind: wanted.kind,
    target: wanted.target ?? '',
    attempt: shown.attempt,
    planHash: shown.planHash,
    evidenceHash: shown.evidenceHash,
    by: wanted.by,
    at,
    exp: at + DECISION_VALID_MS,
    reason: (wanted.reason ?? '').trim().slice(0, 1_000),
    id: randomUUID(),
    ...(wanted.choice === undefined ? {} : { choice: wanted.choice }),
    ...(wanted.override === undefined ? {} : { override: wanted.override }),
  };
  return signer.sign(decision);
}

/** Approve or reject the gate that was shown, or the one that is open. @throws `no-gate`, and the refusing rule. */
export async function decideGate(
  context: ClientContext,
  kind: 'approve' | 'reject',
  request: DecideRequest,
): Promise<void> {
  const { run, by, reason, override } = request;
  if (kind === 'reject') needReason(run, reason, 'Rejecting');
  if (override !== undefined) needReason(run, reason, 'Breaking the glass');
  const { indexed } = await describeOpen(context, run);
  const shown = request.shown ?? (await present(context, run, openGateId));
  await send(
    context,
    newDecision(context, { run, mode: indexed.mode, kind, by, reason, override, target: shown.gate, shown }),
  );
}

/** Answer the question that was shown (its id as `gate`), or the one that is open. @throws `no-question`, `choice`, … */
export async function resolveQuestion(
  context: ClientContext,
  request: DecideRequest & { readonly choice: Choice },
): Promise<void> {
  const { run, by, reason, choice } = request;
  if (choice === 'skip') needReason(run, reason, 'Skipping a step');
  const { indexed } = await describeOpen(context, run);
  const shown = request.shown ?? (await present(context, run, openQuestionId));
  const kind = 'resolve';
  await send(
    context,
    newDecision(context, { run, mode: indexed.mode, kind, by, reason, choice, target: shown.gate, shown }),
  );
}

export async function steer(context: ClientContext, kind: 'pause' | 'resume', request: DecideRequest): Promise<void> {
  const { run, by, reason } = request;
  const { indexed } = await describeOpen(context, run);
  const shown = request.shown ?? NOTHING_SHOWN;
  await send(context, newDecision(context, { run, mode: indexed.mode, kind, by, reason, shown }));
}

/**
 * Aborts by signal, which is accepted even while no worker lives: then it counts when one returns.
 * @throws the refusing rule, when the run answers within 3 s that it was refused.
 */
export async function abortRun(context: ClientContext, request: DecideRequest): Promise<void> {
  const { run, by, reason } = request;
  const { indexed } = await describeOpen(context, run);
  const signed = newDecision(context, {
    run,
    mode: indexed.mode,
    kind: 'abort',
    by,
    reason,
    shown: request.shown ?? NOTHING_SHOWN,
  });
  const handle = context.client.workflow.getHandle(run);
  const refusedBefore = (await viewIfAny(context, run))?.timeline.filter(isRefusedAbort).length;
  await bounded(context, SERVER_TIMEOUT_MS, { where: run, what: 'The abort' }, () =>
    handle.signal(abortSignal, signed),
  );
  if (refusedBefore === undefined) return;
  const until = Date.now() + ABORT_SEEN_MS;
  while (Date.now() < until) {
    const view = await viewIfAny(context, run);
    if (!view || view.abort?.by === by) return;
    const refused = view.timeline.filter(isRefusedAbort);
    const last = refused.at(-1);
    if (refused.length > refusedBefore && last) {
      throw refusal('abort-refused', last.say, run, 'See `lifeboat status RUN` for what can be done now.');
    }
    if (view.decisions.some(({ decision }) => decision.id === signed.decision.id)) return;
    await pause(ABORT_POLL_MS);
  }
}

function isRefusedAbort({ kind, outcome, say }: RunView['timeline'][number]): boolean {
  return kind === 'note' && outcome === 'failed' && /\babort\b/.test(say);
}

async function viewIfAny(context: ClientContext, run: string): Promise<RunView | undefined> {
  try {
    return await queryState(context, run, 1_500);
  } catch {
    return undefined;
  }
}

/** What the run shows now, as a person would see it who looked at it this moment. */
async function present(context: ClientContext, run: string, target: (view: RunView) => string): Promise<Shown> {
  const [view, answer] = await Promise.all([queryState(context, run), planOf(context, run)]);
  return shownOf(answer, target(view));
}

function needReason(run: string, reason: string | undefined, what: string): void {
  if ((reason ?? '').trim() === '') throw refusal('reason', `${what} needs a reason.`, run, 'Say why, in a few words.');
}

async function send(context: ClientContext, signed: SignedDecision): Promise<void> {
  const { run, id } = signed.decision;
  const handle = context.client.workflow.getHandle(run);
  await bounded(context, WORKER_TIMEOUT_MS, { where: run, what: 'The decision' }, () =>
    handle.executeUpdate(decideUpdate, { args: [signed], updateId: id }),
  );
}
