/** Failure modes pinned: a plan changes something before its gate, without an undo, outside its scopes, or twice over. */
import { describe, expect, it } from '@jest/globals';
import { checkPlan, MAX_PLAN_BYTES } from '../../../kernel/plan/check-plan.ts';
import type { Entry, PlanCore, StepEntry } from '../../../kernel/plan/plan.ts';
import { failoverCore } from '../runbooks/plan-fixture.ts';

const core = failoverCore();

function stepIn(plan: PlanCore): StepEntry {
  const found = plan.entries.find((entry) => entry.kind === 'step' && entry.call.effect === 'change');
  if (found?.kind !== 'step') throw new Error('no step');
  return found;
}
const change = (id: string, make: (entry: Entry) => Entry): PlanCore => ({
  ...core,
  entries: core.entries.map((entry) => (entry.id === id ? make(entry) : entry)),
});
const changeStep = (make: (entry: StepEntry) => Entry): PlanCore =>
  change(stepIn(core).id, (entry) => (entry.kind === 'step' ? make(entry) : entry));
const gateId = core.entries.find(({ kind }) => kind === 'gate')?.id ?? '';
const pivot = core.entries.find(({ kind }) => kind === 'pivot');

describe('checkPlan', () => {
  it('accepts what the planners make', () => {
    expect(checkPlan(core)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['is no plan', { v: 1 }, 'runbook'],
    ['has a field that nobody knows', { ...core, extra: 1 }, 'extra'],
    ['has an id twice', { ...core, entries: [...core.entries, pivot] }, 'used twice'],
    [
      'has two pivots',
      { ...core, entries: [...core.entries, { ...pivot, id: '99.1', phase: core.phases.length - 1 }] },
      'more than one pivot',
    ],
    [
      'has two gates',
      {
        ...core,
        entries: core.entries.flatMap((one): Entry[] => (one.kind === 'gate' ? [one, { ...one, id: 'again' }] : [one])),
      },
      'again: is a second gate',
    ],
    [
      'has a phase twice',
      { ...core, phases: core.phases.map((one) => ({ ...one, id: 'shift' })) },
      'shift: the id is used twice',
    ],
    [
      'is measured by an entry that is not there',
      { ...core, measuredBy: { ...core.measuredBy, recovery: ['shift/99'] } },
      'is named as the recovery',
    ],
    ['has an entry of no phase', change(gateId, (entry) => ({ ...entry, phase: 99 })), 'phase 99 does not exist'],
    ['goes back to an earlier phase', { ...core, entries: core.entries.toReversed() }, 'earlier phase'],
    [
      'changes the estate before any gate',
      { ...core, entries: core.entries.filter(({ kind }) => kind !== 'gate') },
      'before any gate',
    ],
    [
      'has a change without an undo',
      changeStep((entry) => ({ ...entry, undo: { kind: 'none' } })),
      'neither an undo nor a reason',
    ],
    [
      'has an undo of another scope',
      changeStep((entry) => ({ ...entry, undo: { kind: 'call', call: { ...entry.call, scope: 'gcp/other/x' } } })),
      'another scope',
    ],
    [
      'has an undo that destroys',
      changeStep((entry) => ({ ...entry, undo: { kind: 'call', call: { ...entry.call, effect: 'destroy' } } })),
      'its undo destroys',
    ],
    [
      'has a change without a scope',
      changeStep((entry) => ({ ...entry, call: { ...entry.call, scope: null } })),
      'names no scope',
    ],
    [
      'changes what it does not hold',
      { ...core, phases: core.phases.map((phase) => ({ ...phase, scopes: [] })) },
      'no phase up to its own declares',
    ],
    [
      'has a gate that nobody can pass',
      change(gateId, (entry) => (entry.kind === 'gate' ? { ...entry, approvers: [] } : entry)),
      'fewer approvers',
    ],
    ['is too large to be stored', { ...core, input: { text: 'x'.repeat(MAX_PLAN_BYTES) } }, 'at most'],
  ])('refuses a plan that %s', (_, plan, why) => {
    expect(checkPlan(plan).join('\n')).toContain(why);
  });

  it('refuses a hold that does more than read', () => {
    const hold = core.entries.find(({ kind }) => kind === 'hold')?.id ?? '';
    const acting = change(hold, (entry) =>
      entry.kind === 'hold'
        ? { ...entry, samples: entry.samples.map((one) => ({ ...one, effect: 'change' as const })) }
        : entry,
    );
    expect(checkPlan(acting).join()).toContain('a hold may only read');
  });
});
