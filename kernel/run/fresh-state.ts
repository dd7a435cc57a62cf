/** The state that every run begins with. */
import type { RunRequest, RunState } from './state.ts';

/** @param now milliseconds since 1970 */
export function freshState(request: RunRequest, now: number): RunState {
  return {
    format: 1,
    request,
    doing: { is: 'planning' },
    interruption: null,
    attempt: 0,
    plan: null,
    cores: {},
    evidence: {},
    evidenceHashes: [],
    difference: [],
    cursor: 0,
    done: [],
    undo: [],
    left: [],
    decisions: [],
    timeline: [
      {
        at: now,
        kind: 'started',
        id: '',
        by: request.requester,
        say: `${request.requester} started ${request.runbook}`,
      },
    ],
    seq: 0,
    instead: null,
    epochs: {},
    approved: [],
    abort: null,
    paused: null,
    pivoted: false,
    touched: false,
    startedAt: now,
    approvedAt: null,
    firstChangeAt: null,
  };
}
