/** A run's status follows from what it does and whom it waits for; nobody sets it. */
import { describe, expect, it } from '@jest/globals';
import { freshState } from '../../../kernel/run/fresh-state.ts';
import type { Doing, Interruption, Question, RunRequest } from '../../../kernel/run/state.ts';
import { statusOf, viewOf } from '../../../kernel/run/view.ts';

const REQUEST: RunRequest = {
  v: 1,
  run: 'failover/lab/a',
  estate: 'lab',
  estateDigest: '',
  runbook: 'failover',
  input: {},
  mode: 'live',
  requester: 'ada',
  start: { policy: 'nightly' },
};
const GATE = { id: 'approve', openedAt: 1, expiresAt: 2 };
const HOLD = { id: 'commit', since: 1, until: 2, samples: 0, measured: [0], last: '' };
const ERROR = { type: 't', message: 'm', where: 'w', mend: 'd', retryable: false };
const QUESTION: Question = { id: 'q1', entry: 'commit', say: 's', error: ERROR, choices: ['retry'], askedAt: 1 };
const MEASURED = {
  faultAt: null,
  approvedAt: null,
  recoveredAt: null,
  rtoFromFaultMs: null,
  rtoFromApprovalMs: null,
  rpoMs: null,
};
const ENDED: Doing = { is: 'ended', as: 'aborted', at: 9, why: ERROR, evidence: {}, measured: MEASURED, report: 'r' };

describe('the status', () => {
  it.each<[string, Doing, Interruption | null]>([
    ['planning', { is: 'planning' }, null],
    ['gate', { is: 'gate', gate: GATE, trouble: null }, null],
    ['running', { is: 'running' }, null],
    ['running', { is: 'closing' }, null],
    ['holding', { is: 'holding', hold: HOLD }, null],
    ['undoing', { is: 'undoing' }, null],
    ['question', { is: 'undoing' }, { is: 'question', question: QUESTION, answer: null }],
    ['paused', { is: 'holding', hold: HOLD }, { is: 'paused' }],
    ['aborted', ENDED, null],
  ])('is %s', (status, doing, interruption) => {
    expect(statusOf({ doing, interruption })).toBe(status);
  });
});

describe('the view', () => {
  it('shows of each phase what it carries, and nothing of another', () => {
    const state = freshState(REQUEST, 1);
    expect(viewOf(state)).toMatchObject({ status: 'planning', gate: null, hold: null, question: null, endedAt: null });
    const held = { ...state, doing: { is: 'holding', hold: HOLD } } as const;
    expect(viewOf(held)).toMatchObject({ status: 'holding', gate: null, hold: HOLD });
    const asked = { ...held, interruption: { is: 'question', question: QUESTION, answer: null } } as const;
    expect(viewOf(asked)).toMatchObject({ status: 'question', question: QUESTION, hold: HOLD });
    expect(viewOf({ ...state, doing: ENDED })).toMatchObject({ endedAt: 9, ending: ERROR, report: 'r', gate: null });
  });

  it('holds no plan: that is asked for separately', () => {
    expect(Object.keys(viewOf(freshState(REQUEST, 1)))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(plan|cores|approved|doing|interruption)$/)]),
    );
  });
});
