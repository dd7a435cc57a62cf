/** Failure modes pinned: a gate counts as approved with too few people, or while a rule still stands in its way. */
import { describe, expect, it } from '@jest/globals';
import { BREAK_GLASS_APPROVALS, type SignedDecision } from '../../../kernel/decision/decision.ts';
import { gateStanding, mayApprove } from '../../../kernel/decision/standing.ts';
import type { Blocker } from '../../../kernel/plan/plan.ts';
import { contextOf, decisionOf, failoverCore, gateIn, signedBy } from '../runbooks/plan-fixture.ts';

const core = failoverCore();
const context = contextOf(core);
const good = signedBy('ben', decisionOf(core));
const CAPACITY: Blocker = { rule: 'tested-capacity', say: 'items can run 4 workers and needs 5.', overridable: true };
const HARD: Blocker = { rule: 'one-copy', say: 'Only one copy of main is left.', overridable: false };

describe('where a gate stands', () => {
  const gate = gateIn(core);
  const standing = (decisions: readonly SignedDecision[], tier = gate.tier, blockers: readonly Blocker[] = []) =>
    gateStanding({ ...gate, tier }, blockers, decisions, context);

  it('is open without decisions, and with those of another attempt or plan', () => {
    expect(standing([]).state).toBe('open');
    expect(standing([signedBy('ben', decisionOf(core, { attempt: 2 }))]).state).toBe('open');
    expect(standing([signedBy('ben', decisionOf(core, { planHash: 'other' }))]).state).toBe('open');
  });

  it('does not count the requester, whoever recorded it', () => {
    expect(standing([signedBy('ada', decisionOf(core, { by: 'ada' }))]).state).toBe('open');
  });

  it('counts a person once', () => {
    const two = { ...gate.tier, approvals: 2 };
    const again = signedBy('ben', decisionOf(core, { id: 'decision-2' }));
    expect(standing([good, again], two).state).toBe('open');
    expect(standing([good, signedBy('cho', decisionOf(core, { by: 'cho' }))], two).state).toBe('approved');
  });

  it('is rejected by one, however many approved', () => {
    expect(standing([good, signedBy('cho', decisionOf(core, { by: 'cho', kind: 'reject', reason: 'no' }))]).state).toBe(
      'rejected',
    );
  });

  it('needs every overridable rule overridden, beside the approvals', () => {
    expect(standing([good], gate.tier, [CAPACITY]).state).toBe('open');
    const override = signedBy('ada', decisionOf(core, { by: 'ada', override: 'tested-capacity', reason: 'fire' }));
    expect(standing([override], gate.tier, [CAPACITY]).state).toBe('open');
    expect(standing([good, override], gate.tier, [CAPACITY]).state).toBe('approved');
  });

  it('stays open over a rule that nobody may override, whatever was signed, and names it as what is missing', () => {
    const glass = { by: 'ada', reason: 'fire' };
    const all = [
      good,
      signedBy('ada', decisionOf(core, { ...glass, id: 'glass-001', override: BREAK_GLASS_APPROVALS })),
      signedBy('ada', decisionOf(core, { ...glass, id: 'glass-002', override: HARD.rule })),
    ];
    expect(standing(all, gate.tier, [HARD])).toMatchObject({
      state: 'open',
      missing: ['the rule one-copy to be met, which nobody may override (Only one copy of main is left)'],
    });
    expect(standing([], gate.tier, [HARD, CAPACITY]).missing).toHaveLength(3);
  });

  it('names who may still approve: never the requester, nobody twice, and nobody once it is rejected', () => {
    const two = { ...gate.tier, approvals: 2 };
    const all = mayApprove(gate, context.requester);
    expect(all).not.toContain(context.requester);
    expect(standing([good], two).mayApprove).toEqual(all.filter((person) => person !== 'ben'));
    const no = signedBy('cho', decisionOf(core, { by: 'cho', kind: 'reject', reason: 'no' }));
    expect(standing([no]).mayApprove).toEqual([]);
  });
});
