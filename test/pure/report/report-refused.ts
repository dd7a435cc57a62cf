/** A record without a plan: the start was refused. */
import { type RunRecord, recordOf } from '../../../kernel/run/record.ts';
import { viewOf } from '../../../kernel/run/view.ts';
import { failoverState } from './report-fixture.ts';

export function refusedRecord(): RunRecord {
  const state = failoverState();
  const { doing } = state;
  if (doing.is !== 'ended') throw new TypeError('the fixture has ended');
  const unmeasured = { faultAt: null, approvedAt: null, recoveredAt: null };
  const view = viewOf({
    ...state,
    doing: {
      ...doing,
      as: 'refused',
      why: {
        type: 'dead-target',
        message: 'items is not fit to serve.',
        where: 'items',
        mend: 'Mend it first.',
        retryable: false,
      },
      measured: { ...unmeasured, rtoFromFaultMs: null, rtoFromApprovalMs: null, rpoMs: null },
    },
    plan: null,
    evidence: {},
    attempt: 0,
    decisions: [],
    undo: [],
    done: [],
    timeline: [...state.timeline.slice(0, 1), ...state.timeline.slice(-1)],
    approvedAt: null,
    firstChangeAt: null,
    touched: false,
    pivoted: false,
  });
  return recordOf(view, null);
}
