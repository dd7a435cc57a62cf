/**
 * What a run tells of itself: a flat projection of its state, for queries and records. Slack, the terminal and the report
 * read nothing else; the plan is asked for separately, because it is large.
 */
import { unpackView } from '../plan/packed-view.ts';
import type { Plan, PlanCore } from '../plan/plan.ts';
import type { RunState, RunStatus, RunView } from './state.ts';

/** What waits for people comes first: it is what somebody must see. */
export function statusOf({ doing, interruption }: Pick<RunState, 'doing' | 'interruption'>): RunStatus {
  if (doing.is === 'ended') return doing.as;
  if (interruption) return interruption.is;
  return doing.is === 'closing' ? 'running' : doing.is;
}

/** The present plan, put together as people read it; null before there is one. Costly where it has thousands of steps. */
export function planIn(state: Pick<RunState, 'plan' | 'cores'>): Plan | null {
  const core = coreIn(state);
  return state.plan && core ? { core, view: unpackView(core, state.plan.view) } : null;
}

/** What the present plan carries out; null before there is one. */
export function coreIn({ plan, cores }: Pick<RunState, 'plan' | 'cores'>): PlanCore | null {
  return (plan && cores[plan.hash]) ?? null;
}

export function viewOf(state: RunState): RunView {
  const { doing, interruption, plan, cores: _cores, approved: _approved, ...same } = state;
  const ended = doing.is === 'ended' ? doing : null;
  return {
    ...same,
    status: statusOf(state),
    planHash: plan?.hash ?? '',
    gate: doing.is === 'gate' ? doing.gate : null,
    trouble: doing.is === 'gate' ? doing.trouble : null,
    question: interruption?.is === 'question' ? interruption.question : null,
    hold: doing.is === 'holding' ? doing.hold : null,
    endedAt: ended?.at ?? null,
    ending: ended?.why ?? null,
    measured: ended?.measured ?? null,
    evidenceAtEnd: ended?.evidence ?? {},
    report: ended?.report ?? null,
  };
}
