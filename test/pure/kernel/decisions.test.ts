/** Failure modes pinned: any change to a signed decision, however small, still counts; who may not decide, decides. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refuseDecision } from '../../../kernel/decision/decision.ts';
import { contextOf, decisionOf, failoverCore, keysOf, signedBy } from '../runbooks/plan-fixture.ts';

const core = failoverCore();
const context = contextOf(core);
const good = signedBy('ben', decisionOf(core));

describe('a signed decision', () => {
  it('counts as it was signed', () => {
    expect(refuseDecision(good, context)).toBeUndefined();
  });

  it('counts in none of 500 tampered variants', () => {
    const words = fc.oneof(
      fc.string(),
      fc.constantFrom('ada', 'ben', 'cho', 'dan', 'live', 'plan', 'approve', 'reject'),
    );
    const value = fc.oneof(words, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined));
    const fields = [...Object.keys(good.decision), 'choice', 'override', 'extra'] as const;
    const tampered = fc.oneof(
      fc.record({ field: fc.constantFrom(...fields), to: value }).map(({ field, to }) => ({
        ...good,
        decision: { ...good.decision, [field]: to },
      })),
      fc.constantFrom(...Object.keys(good.decision)).map((field) => {
        const { [field as 'v']: _, ...rest } = good.decision;
        return { ...good, decision: rest };
      }),
      fc
        .record({ at: fc.nat(good.signature.length - 1), to: fc.constantFrom(...'ABCDEFGHxyz019-_=+/ é') })
        .map(({ at, to }) => ({
          ...good,
          signature: good.signature.slice(0, at) + to + good.signature.slice(at + 1),
        })),
      fc.constantFrom('ada', 'cho', 'dan', 'bot', 'stranger').map((who) => ({ ...good, key: keysOf(who).publicKey })),
      fc
        .constantFrom('ada', 'cho', 'dan', 'stranger', 'signer')
        .map((who) => ({ ...good, ...signedBy(who, good.decision) })),
      fc.string().map((signature) => ({ ...good, signature })),
      fc.anything(),
    );
    let refused = 0;
    fc.assert(
      fc.property(tampered, (variant) => {
        if (JSON.stringify(variant) === JSON.stringify(good)) return;
        const why = refuseDecision(variant, context);
        expect(why?.rule).toEqual(expect.any(String));
        refused += 1;
      }),
      { numRuns: 500, seed: 42 },
    );
    expect(refused).toBeGreaterThan(450);
  });

  it('counts from the bot for a person, but never for someone whom the estate does not know', () => {
    expect(refuseDecision(signedBy('bot', good.decision), context)).toBeUndefined();
    expect(refuseDecision(signedBy('bot', { ...good.decision, by: 'eve' }), context)?.rule).toBe('not-allowed');
  });

  it('of abort and resolve is for operators only', () => {
    const question = { id: 'q1', choices: ['retry', 'skip'] };
    const resolve = { ...good.decision, kind: 'resolve', target: 'q1', choice: 'retry' } as const;
    const asked = { ...context, question };
    expect(refuseDecision(signedBy('dan', { ...resolve, by: 'dan' }), asked)).toBeUndefined();
    expect(refuseDecision(signedBy('cho', { ...resolve, by: 'cho' }), asked)?.rule).toBe('not-allowed');
    expect(refuseDecision(signedBy('dan', { ...resolve, by: 'dan', choice: 'abort' }), asked)?.rule).toBe('choice');
    expect(refuseDecision(signedBy('dan', { ...resolve, by: 'dan', target: 'q0' }), asked)?.rule).toBe('stale');
  });
});
