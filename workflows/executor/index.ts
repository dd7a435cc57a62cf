/**
 * The executor: one small durable workflow that carries out any plan. It holds no knowledge of any system; the plan,
 * which is an activity's recorded result, says everything. See run.ts for the map of this folder.
 */
import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { Entry } from '../../kernel/plan.ts';
import type { RunRequest, RunState, RunView } from '../../kernel/run-state.ts';
import { ask, waitWhilePaused } from './asking.ts';
import { end, giveUp } from './ending.ts';
import { factsIn } from './failures.ts';
import { waitAtGate } from './gates.ts';
import { cancelMeansPause, handleMessages, viewOf } from './handlers.ts';
import { holdOn } from './holds.ts';
import { acquirePhase } from './leasing.ts';
import { adoptPlan, open, planFrom, probe } from './planning.ts';
import { historyIsLong, openRun, type Run } from './run.ts';
import { carryOut } from './stepping.ts';

/** Runs a runbook to its end. `carried` is the state of the same run before it was continued as new. */
export async function execute(request: RunRequest, carried?: RunState): Promise<RunView> {
  const run = openRun(carried ?? freshState(request));
  handleMessages(run);
  cancelMeansPause(run);
  return CancellationScope.nonCancellable(async () => {
    run.status(run.state.status);
    if ((await perform(run)) === 'carry-over') {
      await condition(allHandlersFinished);
      return continueAsNew<typeof execute>(request, run.state);
    }
    await condition(allHandlersFinished);
    return viewOf(run);
  });
}

type Ended = 'ended' | 'carry-over';

async function perform(run: Run): Promise<Ended> {
  try {
    const opened = await open(run);
    if (!run.state.plan) {
      const evidence = await probe(run, opened);
      adoptPlan(run, evidence, await planFrom(run, evidence), 'first plan');
    }
  } catch (error) {
    const facts = factsIn(error);
    if (!run.state.plan) {
      await end(run, 'refused', facts);
      return 'ended';
    }
    // Carried over in the middle of a run, and the start is refused now: its people or keys are not the estate's any more.
    if ((await ask(run, '', 'The run cannot go on.', facts, ['retry', 'abort'])) === 'retry') return perform(run);
    await giveUp(run, 'aborted', facts);
    return 'ended';
  }
  if (run.state.request.mode === 'plan') {
    await end(run, 'planned', null);
    return 'ended';
  }
  return walk(run);
}

async function walk(run: Run): Promise<Ended> {
  const { state } = run;
  for (;;) {
    const entry = run.core().entries[state.cursor];
    if (!entry) {
      await end(run, 'done', null);
      return 'ended';
    }
    if (historyIsLong()) return 'carry-over';
    if ((await waitWhilePaused(run)) === 'abort') return abandon(run);
    const held = await acquirePhase(run, entry.phase);
    if (held) {
      if (!state.touched) {
        await end(run, 'refused', held);
        return 'ended';
      }
      await ask(run, entry.id, 'The next phase cannot begin.', held, ['retry', 'abort']);
      continue;
    }
    const outcome = await visit(run, entry);
    if (outcome === 'next') state.cursor += 1;
    else if (outcome === 'previous') state.cursor = previousStep(run);
    else if (outcome === 'replan') await replan(run);
    else if (outcome === 'abort') return abandon(run);
    else if (outcome === 'ended' || outcome === 'carry-over') return outcome;
  }
}

type Visit = 'next' | 'previous' | 'replan' | 'again' | 'abort' | Ended;

async function visit(run: Run, entry: Entry): Promise<Visit> {
  switch (entry.kind) {
    case 'step':
    case 'each': {
      const outcome = await carryOut(run, entry);
      return outcome === 'done' ? 'next' : outcome;
    }
    case 'hold': {
      const outcome = await holdOn(run, entry);
      return outcome === 'done' ? 'next' : outcome;
    }
    case 'pivot':
      run.state.pivoted = true;
      run.state.undo = [];
      run.note({ kind: 'pivot', id: entry.id, say: 'Past the point of no return: the run goes forward only' });
      return 'next';
    case 'gate': {
      const outcome = await waitAtGate(run, entry);
      if (outcome === 'passed') return approve(run);
      if (outcome === 'replanned') return 'again';
      if (outcome === 'rejected' || outcome === 'expired') return close(run, outcome);
      return outcome;
    }
  }
}

function approve(run: Run): Visit {
  const { state } = run;
  state.approvedAt = run.now();
  state.gate = null;
  const needed = new Set(state.undo.filter((one) => one.state === 'pending').map(({ attempt }) => attempt));
  state.approved = state.approved.filter(({ attempt }) => needed.has(attempt) && attempt !== state.attempt);
  state.approved.push({ attempt: state.attempt, core: run.core() });
  return 'next';
}

async function close(run: Run, outcome: 'rejected' | 'expired'): Promise<'ended'> {
  const decision = run.state.decisions.findLast(({ decision: one }) => one.kind === 'reject')?.decision;
  await giveUp(run, outcome, {
    type: outcome,
    message:
      outcome === 'rejected'
        ? `${decision?.by ?? 'Someone'} rejected it: ${decision?.reason ?? ''}`
        : 'Nobody approved it in time.',
    where: 'gate',
    mend: 'Start a new run when it is wanted.',
    retryable: false,
  });
  return 'ended';
}

async function abandon(run: Run): Promise<'ended'> {
  const { abort } = run.state;
  const facts: ErrorFacts = {
    type: 'aborted',
    message: `${abort?.by ?? 'Someone'} aborted it${abort?.reason ? `: ${abort.reason}` : ''}`,
    where: run.state.request.run,
    mend: run.state.pivoted
      ? 'Nothing was taken back after the point of no return.'
      : 'What was changed was taken back.',
    retryable: false,
  };
  await giveUp(run, 'aborted', facts);
  return 'ended';
}

/** The one mechanism for everything that changes a plan half-way; a planner that refuses makes the run ask. */
async function replan(run: Run): Promise<void> {
  for (;;) {
    try {
      const evidence = await probe(run, await open(run));
      adoptPlan(run, evidence, await planFrom(run, evidence), 'asked for');
      return;
    } catch (error) {
      const choice = await ask(run, '', 'Planning again was refused.', factsIn(error), ['retry', 'abort']);
      if (choice === 'abort') return;
    }
  }
}

function previousStep(run: Run): number {
  const entries = run.core().entries.slice(0, run.state.cursor);
  return Math.max(
    0,
    entries.findLastIndex((one) => one.kind === 'step' || one.kind === 'each'),
  );
}

function freshState(request: RunRequest): RunState {
  return {
    format: 1,
    request,
    status: 'planning',
    attempt: 0,
    plan: null,
    planHash: '',
    evidence: {},
    evidenceHashes: [],
    difference: [],
    cursor: 0,
    done: [],
    undo: [],
    decisions: [],
    gate: null,
    question: null,
    hold: null,
    timeline: [
      {
        at: Date.now(),
        kind: 'started',
        id: '',
        by: request.requester,
        say: `${request.requester} started ${request.runbook}`,
      },
    ],
    seq: 0,
    epochs: {},
    approved: [],
    trouble: null,
    abort: null,
    answer: null,
    paused: null,
    pivoted: false,
    touched: false,
    startedAt: Date.now(),
    approvedAt: null,
    firstChangeAt: null,
    evidenceAtEnd: {},
    measured: null,
    endedAt: null,
    ending: null,
    report: null,
  };
}
