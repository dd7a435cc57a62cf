/**
 * Failure modes pinned: a plan over many targets is too large to be carried; made small, it says or does something else.
 */
import { describe, expect, it } from '@jest/globals';
import { callOfTarget, partCalls } from '../../../kernel/plan/common.ts';
import { packView, sentenceOf, unpackView } from '../../../kernel/plan/packed-view.ts';
import type { EachEntry, Plan } from '../../../kernel/plan/plan.ts';
import { stepsOf } from '../../../kernel/plan/plan.ts';
import { failback } from '../../../runbooks/failback.ts';
import { DRAINED, evidenceFor, knownEstate, NOW } from '../runbooks/plan-fixture.ts';

const estate = knownEstate();
const input = { region: 'us-central1', outage: '40m' };
const plan: Plan = failback.plan({
  estate,
  estateDigest: 'd'.repeat(64),
  input,
  evidence: evidenceFor(estate, 'failback', input, { 'shares/items': DRAINED, 'shares/items-auto': DRAINED }),
  now: NOW,
});
const repair = plan.core.entries.find(
  (one): one is EachEntry => one.kind === 'each' && one.step === 'cassandra.repair',
);

function bytes(value: unknown): number {
  return JSON.stringify(value).length;
}

describe('what the targets of an Each have in common', () => {
  it('stands once, and each call is what its contract gave', () => {
    expect(repair?.common).toEqual({
      args: { cluster: 'main', before: expect.any(Number) },
      scope: 'gcp/cassandra/main',
      queue: 'lab.agent.cassandra.main.',
    });
    expect(repair?.targets[0]).toEqual({
      target: 'main/shop.us-1',
      args: { keyspace: 'shop', node: 'us-1' },
      queue: 'us-1',
    });
    const [first] = repair ? stepsOf(repair) : [];
    expect(first?.call).toMatchObject({
      args: { cluster: 'main', keyspace: 'shop', node: 'us-1' },
      scope: 'gcp/cassandra/main',
      queue: 'lab.agent.cassandra.main.us-1',
    });
  });

  it('is given back whatever it is', () => {
    const cases = [
      [],
      [{ args: { a: 1 }, scope: null, queue: 'q' }],
      [
        { args: { a: { b: [1] }, c: 'x' }, scope: 's', queue: 'lab.agent.a.b' },
        { args: { a: { b: [1] }, c: 'y', d: null }, scope: null, queue: 'lab.agent.ab' },
      ],
      [
        { args: { a: 1 }, scope: null, queue: 'a.b' },
        { args: { b: 1 }, scope: 's', queue: 'a.b.c' },
      ],
    ];
    for (const calls of cases) {
      const { common, own } = partCalls(calls);
      expect(own.map((one) => callOfTarget({ common }, one))).toEqual(calls);
    }
  });
});

describe('the sentences of a plan', () => {
  it('are one pattern for an Each, and the same sentences afterwards', () => {
    const packed = packView(plan);
    expect(packed.patterns.says['repair']).toBe('Full repair of {keyspace} from {node}, across datacentres');
    expect(Object.keys(packed.says).filter((id) => id.startsWith('repair/main/'))).toEqual([]);
    expect(unpackView(plan.core, packed)).toEqual(plan.view);
    for (const step of plan.core.entries.flatMap(stepsOf))
      expect(sentenceOf(packed, step)).toBe(plan.view.says[step.id]);
    expect(bytes(packed)).toBeLessThan(bytes(plan.view));
  });

  it('that the pattern does not give are kept as they are', () => {
    const says = {
      ...plan.view.says,
      'repair/main/shop.us-2': 'Something {else}',
      'repair/main/shop.us-1': '{node} of us-1 {x}',
    };
    const odd: Plan = { core: plan.core, view: { ...plan.view, says } };
    expect(unpackView(odd.core, packView(odd))).toEqual(odd.view);
    const { 'repair/main/shop.us-3': _, ...missing } = plan.view.says;
    const silent: Plan = { core: plan.core, view: { ...plan.view, says: missing } };
    expect(unpackView(silent.core, packView(silent))).toEqual(silent.view);
  });
});
