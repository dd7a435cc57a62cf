/** A record without a plan: the start was refused. */
import { type RunRecord, recordOf } from '../../../kernel/run/record.ts';
import { failoverState } from './report-fixture.ts';

export function refusedRecord(): RunRecord {
  const state = failoverState();
  return recordOf({
    ...state,
    status: 'refused',
    plan: null,
    planHash: '',
    evidence: {},
    attempt: 0,
    decisions: [],
    undo: [],
    done: [],
    timeline: [...state.timeline.slice(0, 1), ...state.timeline.slice(-1)],
    approvedAt: null,
    firstChangeAt: null,
    evidenceAtEnd: {},
    measured: null,
    touched: false,
    pivoted: false,
    ending: {
      type: 'dead-target',
      message: 'items is not fit to serve.',
      where: 'items',
      mend: 'Mend it first.',
      retryable: false,
    },
  });
}
