/**
 * The executor: one small durable workflow that carries out any plan. It holds no knowledge of any system; the plan,
 * which is an activity's recorded result, says everything. See run.ts for the map of this folder.
 */
import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { policyOf } from '../../kernel/decision/policy.ts';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { EachEntry, Entry, StepEntry } from '../../kernel/plan/plan.ts';
import { freshState } from '../../kernel/run/fresh-state.ts';
import { keptOf } from '../../kernel/run/left.ts';
import type { Choice, LeftItem, RunRequest, RunState, RunView } from '../../kernel/run/state.ts';
import { viewOf } from '../../kernel/run/view.ts';
import { ask, goesOn, waitWhilePaused } from './asking.ts';
import { end, giveUp } from './ending.ts';
import { factsIn } from './failures.ts';
import { waitAtGate } from './gates.ts';
import { askOrGiveBack } from './giving-back.ts';
import { cancelMeansPause, handleMessages } from './handlers.ts';
import { holdOn } from './holds.ts';
import { acquirePhase, holdsPhase, isLost } from './leasing.ts';
import { open, planAfresh } from './planning.ts';
import { asPolicyRun, listPolicyRun, passByPolicy } from './policy.ts';
import { hasWayBack, historyIsLong, type Run, runOf, stepBefore } from './run.ts';
import { carryOut, type EntryOutcome } from './stepping.ts';

/** Runs a runbook to its end. `carried` is the state of the same run before it was continued as new. */
export async function execute(request: RunRequest, carried?: RunState): Promise<RunView> {
  const run = runOf(carried ?? freshState(asPolicyRun(request), Date.now()));
  if (!carried) listPolicyRun(run.state.request);
  handleMessages(run);
  cancelMeansPause(run);
  return CancellationScope.nonCancellable(async () => {
    run.enter(run.state.doing);
    if ((await perform(run)) === 'carry-over') {
      await condition(allHandlersFinished);
      return continueAsNew<typeof execute>(run.state.request, run.state);
    }
    await condition(allHandlersFinished);
    return viewOf(run.state);
  });
}

type Ended = 'ended' | 'carry-over';

async function perform(run: Run): Promise<Ended> {
  try {
    const opened = await open(run);
    if (!run.state.plan) await planAfresh(run, opened, 'first plan');
  } catch (error) {
    const facts = factsIn(error);
    if (!run.state.plan) {
      await end(run, 'refused', facts);
      return 'ended';
    }
    // Carried over in the middle of a run, and the start is refused now: its people or keys are not the estate's any more.
    if ((await ask(run, '', 'The run cannot go on.', facts, ['retry', 'abort'])) === 'retry') return perform(run);
    return giveUp(run, 'aborted', facts);
  }
  if (run.state.request.mode === 'plan') {
    await end(run, 'planned', null);
    return 'ended';
  }
  return walk(run);
}

async function walk(run: Run): Promise<Ended> {
  const { state } = run;
  // Carried over in the midst of taking itself back.
  if (state.doing.is === 'undoing' && state.doing.ending)
    return giveUp(run, state.doing.ending.as, state.doing.ending.why);
  for (;;) {
    const entry = run.core().entries[state.cursor];
    if (!entry) {
      await end(run, 'done', null);
      return 'ended';
    }
    if (historyIsLong()) return 'carry-over';
    if (!goesOn(run) && (await waitWhilePaused(run)) === 'abort') return abandon(run);
    const held = holdsPhase(run, entry.phase) ? undefined : await acquirePhase(run, entry.phase);
    if (held) {
      if (!state.touched) {
        await end(run, 'refused', held);
        return 'ended';
      }
      await ask(run, entry.id, 'The next phase cannot begin.', held, isLost(held) ? ['abort'] : ['retry', 'abort']);
      continue;
    }
    const outcome = isStep(entry) ? afterStep(await carryOut(run, entry)) : await visit(run, entry);
    if (outcome === 'next') state.cursor += 1;
    else if (outcome === 'previous') state.cursor = stepBefore(run) ?? 0;
    else if (outcome === 'replan') await replan(run);
    else if (outcome === 'abort') return abandon(run);
    else if (outcome === 'ended' || outcome === 'carry-over') return outcome;
  }
}

type Visit = 'next' | 'previous' | 'replan' | 'again' | 'abort' | Ended;

function isStep(entry: Entry): entry is StepEntry | EachEntry {
  return entry.kind === 'step' || entry.kind === 'each';
}

function afterStep(outcome: EntryOutcome): Visit {
  return outcome === 'done' ? 'next' : outcome;
}

async function visit(run: Run, entry: Exclude<Entry, StepEntry | EachEntry>): Promise<Visit> {
  switch (entry.kind) {
    case 'hold': {
      const outcome = await holdOn(run, entry);
      return outcome === 'done' ? 'next' : outcome;
    }
    case 'pivot':
      run.state.pivoted = true;
      run.state.left.push(...passedOver(run));
      run.state.undo = [];
      run.note({ kind: 'pivot', id: entry.id, say: 'Past the point of no return: the run goes forward only' });
      return 'next';
    case 'gate': {
      const byPolicy = policyOf(run.state.request.start) !== undefined;
      const outcome = byPolicy ? await passByPolicy(run, entry) : await waitAtGate(run, entry);
      if (outcome === 'passed') return approve(run);
      if (outcome === 'replanned') return 'again';
      if (typeof outcome === 'object') {
        await end(run, 'refused', outcome.refused);
        return 'ended';
      }
      if (outcome === 'rejected' || outcome === 'expired') return close(run, outcome);
      return outcome;
    }
  }
}

/** What was done on the way that was given up: nothing takes it back any more, and what comes next does that too. */
function passedOver({ state }: Run): LeftItem[] {
  const next = state.plan?.view.next;
  return keptOf(state, true).map((one) => {
    if (next === undefined || one.advice === null) return one;
    return { ...one, advice: { say: one.advice.say, next: { runbook: next.runbook, input: next.input } } };
  });
}

function approve(run: Run): Visit {
  const { state } = run;
  state.approvedAt = run.now();
  run.enter({ is: 'running' });
  const needed = new Set(state.undo.filter((one) => one.state === 'pending').map(({ attempt }) => attempt));
  const kept = state.approved.filter(({ attempt }) => needed.has(attempt) && attempt !== state.attempt);
  const evidence = policyOf(state.request.start) === undefined ? {} : { evidence: state.evidence };
  state.approved = [...kept, { attempt: state.attempt, planHash: state.plan?.hash ?? '', ...evidence }];
  return 'next';
}

async function close(run: Run, outcome: 'rejected' | 'expired'): Promise<Ended> {
  const decision = run.state.decisions.findLast(({ decision: one }) => one.kind === 'reject')?.decision;
  return giveUp(run, outcome, {
    type: outcome,
    message:
      outcome === 'rejected'
        ? `${decision?.by ?? 'Someone'} rejected it: ${decision?.reason ?? ''}`
        : 'Nobody approved it in time.',
    where: 'gate',
    mend: 'Start a new run when it is wanted.',
    retryable: false,
  });
}

async function abandon(run: Run): Promise<Ended> {
  const { abort } = run.state;
  const facts: ErrorFacts = {
    type: 'aborted',
    message: `${abort?.by ?? 'Someone'} aborted it${abort?.reason ? `: ${abort.reason}` : ''}`,
    where: abort?.failed ? `${abort.failed.entry}: ${abort.failed.error.where}` : run.state.request.run,
    mend: run.state.pivoted
      ? 'Nothing was taken back after the point of no return.'
      : 'What was changed was taken back.',
    retryable: false,
  };
  return giveUp(run, 'aborted', facts);
}

/** The one mechanism for everything that changes a plan half-way; a planner that refuses makes the run ask. */
async function replan(run: Run): Promise<void> {
  for (;;) {
    try {
      await planAfresh(run, await open(run), 'asked for');
      return;
    } catch (error) {
      const choices: Choice[] = ['retry', ...(hasWayBack(run) ? (['give-back'] as const) : []), 'abort'];
      if ((await askOrGiveBack(run, '', 'Planning again was refused.', factsIn(error), choices)) !== 'retry') return;
    }
  }
}
