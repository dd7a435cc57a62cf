/** Recovery time and data loss, by what the plan says they are measured by: no probe or step is known by name. */
import { describe, expect, it } from '@jest/globals';
import type { EvidenceMap } from '../../../kernel/plan/evidence.ts';
import type { Call, Plan } from '../../../kernel/plan/plan.ts';
import { faultBegan, lossOf, type MeasuredRun, measure } from '../../../kernel/run/measures.ts';

const STARTED = 100_000;
const lasting = { firstFailureAt: 60_000, answeredAgainAt: null };
const over = { firstFailureAt: 10_000, answeredAgainAt: 20_000 };
const unseen = { firstFailureAt: null, answeredAgainAt: null };

describe('the fault', () => {
  it('is the first that a witness saw, of those that last or lasted when the run began', () => {
    expect(faultBegan([lasting, { firstFailureAt: 50_000, answeredAgainAt: STARTED + 1 }], STARTED)).toBe(50_000);
    expect(faultBegan([over, null, unseen], STARTED)).toBeNull();
  });
});

describe('the loss', () => {
  it('is the time from the oldest write that is absent to the fault', () => {
    const absent = [{ oldestMissingAt: 57_500 }, { oldestMissingAt: null }];
    expect(lossOf([lasting], absent, STARTED)).toBe(2_500);
    expect(lossOf([lasting], [{ oldestMissingAt: null }], STARTED)).toBe(0);
  });

  // The report once had a weaker formula than the plan: it left out who did not answer, and told too little (I11).
  it.each([
    ['a witness that did not answer', [lasting, null], [{ oldestMissingAt: 57_500 }]],
    ['a witness that saw no fault', [lasting, unseen], [{ oldestMissingAt: 57_500 }]],
    ['a fault that was over before', [over], [{ oldestMissingAt: 57_500 }]],
    ['a probe for what is absent that did not answer', [lasting], [{ oldestMissingAt: 57_500 }, null]],
    ['no witness', [], [{ oldestMissingAt: 57_500 }]],
    ['no probe for what is absent', [lasting], []],
  ])('is not measured with %s', (_, faults, losses) => {
    expect(lossOf(faults, losses, STARTED)).toBeNull();
  });
});

function callOf(effect: Call['effect']): Call {
  const limits = { startToClose: 1_000, heartbeat: 1_000, tries: 1 };
  return { step: 'table.restore', effect, args: {}, scope: 'gcp/cassandra/main', queue: 'q', limits };
}

/** A restore, of which the kernel has never heard. */
function restorePlan(): Plan {
  const undo = { kind: 'irreversible', because: 'the old table is gone' } as const;
  return {
    core: {
      v: 1,
      runbook: 'restore-table',
      version: 1,
      input: {},
      estate: 'lab',
      estateDigest: '',
      objectives: null,
      phases: [{ id: 'restore', title: 'Restore', scopes: [] }],
      entries: [
        { kind: 'step', id: 'restore/one', phase: 0, call: callOf('change'), undo },
        { kind: 'step', id: 'restore/two', phase: 0, call: callOf('change'), undo },
        { kind: 'step', id: 'clear', phase: 0, call: callOf('change'), undo },
      ],
      measuredBy: {
        fault: ['since'],
        loss: ['newest'],
        expectedLoss: 'point',
        recovery: ['restore/one', 'restore/two'],
      },
      blockers: [],
      operators: [],
      bots: [],
      breakGlass: { people: [], personalKey: true },
    },
    view: { headline: '', says: {}, facts: [], leftOut: [], warnings: [], measures: { point: 7_000 } },
  };
}

function runOf(evidence: EvidenceMap): MeasuredRun {
  const step = (id: string, at: number) => ({ at, kind: 'step' as const, id, say: '', outcome: 'ok' as const });
  return {
    evidence,
    timeline: [step('restore/one', 160_000), step('restore/two', 190_000), step('clear', 250_000)],
    startedAt: STARTED,
    approvedAt: 130_000,
  };
}

const at = { at: STARTED, by: 'q' };

describe('a runbook of another kind', () => {
  const evidence: EvidenceMap = {
    since: { ok: true, value: { ...lasting, more: 'is left alone' }, ...at },
    newest: { ok: true, value: { oldestMissingAt: 57_000 }, ...at },
  };

  it('is measured by the probes and entries that its plan names', () => {
    expect(measure(runOf(evidence), restorePlan(), { done: true, evidence: {} })).toEqual({
      faultAt: 60_000,
      approvedAt: 130_000,
      recoveredAt: 190_000,
      rtoFromFaultMs: 130_000,
      rtoFromApprovalMs: 60_000,
      rpoMs: 3_000,
    });
  });

  it('keeps what a probe said before, when it no longer answers at the end', () => {
    const end = { newest: { ok: false, reason: 'gone', at: 260_000 } } as const;
    expect(measure(runOf(evidence), restorePlan(), { done: true, evidence: end }).rpoMs).toBe(3_000);
  });

  it('falls back to the loss that the approvers were shown, and has no recovery until it is done', () => {
    const found = measure(runOf({ since: { ok: true, value: 'nonsense', ...at } }), restorePlan(), {
      done: false,
      evidence: {},
    });
    expect(found).toMatchObject({ faultAt: null, recoveredAt: null, rtoFromApprovalMs: null, rpoMs: 7_000 });
  });

  // A region that was to be drained in peace lost nothing, until it died in the middle of it.
  it('does not fall back to what was shown before, when a fault came later that not every witness saw', () => {
    const found = measure(runOf({ ...evidence, newest: { ok: false, reason: 'gone', at: 1 } }), restorePlan(), {
      done: true,
      evidence: {},
    });
    expect(found).toMatchObject({ faultAt: 60_000, rpoMs: null });
  });

  it('is not measured at all without a plan', () => {
    expect(measure(runOf(evidence), null, { done: true, evidence: {} })).toMatchObject({
      faultAt: null,
      recoveredAt: null,
      rpoMs: null,
    });
  });
});
