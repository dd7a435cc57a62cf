/**
 * What a run tells of itself: a flat projection of its state, for queries and records. Slack, the terminal and the report
 * read nothing else; the plan is asked for separately, because it is large.
 */
import type { Plan } from '../plan/plan.ts';
import type { RunState, RunStatus, RunView } from './state.ts';

/** What waits for people comes first: it is what somebody must see. */
export function statusOf({ doing, interruption }: Pick<RunState, 'doing' | 'interruption'>): RunStatus {
  if (doing.is === 'ended') return doing.as;
  if (interruption) return interruption.is;
  return doing.is === 'closing' ? 'running' : doing.is;
}

/** The present plan, put together; null before there is one. */
export function planIn({ plan, cores }: Pick<RunState, 'plan' | 'cores'>): Plan | null {
  const core = plan && cores[plan.hash];
  return plan && core ? { core, view: plan.view } : null;
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
