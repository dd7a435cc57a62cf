/** What the runbooks plan, as a person reads it. Failure modes pinned: a plan that differs from what the words promise. */
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../kernel/json.ts';
import { checkPlan } from '../../../kernel/plan/check-plan.ts';
import { type Plan, planHash, stepsOf } from '../../../kernel/plan/plan.ts';
import { knownEstate, NOW, planOf } from './plan-fixture.ts';
import { read, refusal } from './plan-text.ts';

const FROM_US: JsonObject = { from: 'us-central1' };
const DRAINED = { setting: { shares: { 'us-central1': 0, 'europe-west1': 100 }, drained: ['us-central1'] }, down: [] };
const UNCLEAN = {
  healthy: false,
  why: 'not admitted: it ended uncleanly',
  admitted: false,
  workers: 4,
  capacityPerWorker: 50,
};
const WITHHELD = { ...UNCLEAN, why: 'withheld by Lifeboat' };
const LARGER = { healthy: true, why: 'serving', admitted: true, workers: 5, capacityPerWorker: 50 };
const DEAD = { 'here/items': null, 'outage/main': { firstFailureAt: NOW - 30_000, answeredAgainAt: null } };
const LOST = { ...DEAD, 'missing/main': { checked: 40, missing: 3, oldestMissingAt: NOW - 34_000 } };
const RETURNED = {
  'shares/items': DRAINED,
  'shares/items-auto': DRAINED,
  'health/items@us-central1': UNCLEAN,
  'health/items@europe-west1': LARGER,
  'outage/main@us-central1': { firstFailureAt: NOW - 3_600_000, answeredAgainAt: NOW - 60_000 },
};

describe('failover', () => {
  it('of a region that still serves goes in steps', () => {
    expect(read(planOf('failover', FROM_US))).toMatchSnapshot();
  });

  it('of a dead region goes at once, and says what is left out and what is lost', () => {
    expect(read(planOf('failover', FROM_US, LOST))).toMatchSnapshot();
  });

  it('of a dead region whose loss nobody measured says so, and never a number', () => {
    const plan = planOf('failover', FROM_US, { 'here/items': null, 'outage/main': null, 'missing/main': null });
    expect(plan.view.measures).toEqual({ loss: null });
    expect(read(plan)).toContain('Expected data loss: not measured');
  });

  it('told to be ungraceful does not wait, though the region answers', () => {
    const plan = planOf('failover', { ...FROM_US, ungraceful: true });
    expect(plan.core.entries.filter(({ kind }) => kind === 'hold')).toHaveLength(1);
    expect(read(plan)).toContain('Let items in us-central1 report itself unhealthy');
  });

  it('that the load balancer’s own checks have begun makes it stick', () => {
    const rescued = {
      setting: { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] },
      down: ['us-central1'],
    };
    const text = read(planOf('failover', FROM_US, { ...DEAD, 'shares/items-auto': rescued }));
    expect(text).toContain(
      'Traffic items-auto: us-central1 50 %, europe-west1 50 %; it holds us-central1 for down by its own checks',
    );
    expect(text).toContain('Set items-auto to us-central1 0 % (drained), europe-west1 100 %');
  });

  it('of what is moved already changes nothing twice', () => {
    const moved = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED, 'there/items': LARGER, 'here/items': null };
    const changes = planOf('failover', FROM_US, moved)
      .core.entries.flatMap(stepsOf)
      .filter(({ call }) => call.effect !== 'read');
    expect(changes).toEqual([]);
  });

  it('is blocked, overridably, by capacity that was never tested', () => {
    const estate = knownEstate();
    const { items } = estate.services;
    if (!items) throw new Error('no items');
    const crowded = { ...estate, services: { items: { ...items, peak: 900 } } };
    expect(planOf('failover', FROM_US, {}, crowded).core.blockers).toMatchObject([
      { rule: 'tested-capacity', overridable: true },
    ]);
  });

  it('refuses before anything is touched', () => {
    expect(refusal('failover', FROM_US, { 'there/items': null })).toContain(
      'dead-target: items in europe-west1 is not fit',
    );
    expect(refusal('failover', FROM_US, { 'there/items': WITHHELD })).toContain('dead-target');
    expect(refusal('failover', FROM_US, { 'shares/items': null })).toContain('no-load-balancer');
  });
});

describe('failback', () => {
  it('after an ungraceful loss repairs first, however short it was', () => {
    expect(read(planOf('failback', {}, RETURNED))).toMatchSnapshot();
  });

  it('after a graceful failover needs no repair, and says why', () => {
    const graceful = {
      ...RETURNED,
      'health/items@us-central1': WITHHELD,
      'outage/main@us-central1': { firstFailureAt: null, answeredAgainAt: null },
    };
    expect(read(planOf('failback', {}, graceful))).toMatchSnapshot();
  });

  it('of a stale region that calls itself healthy withholds it until it is repaired', () => {
    const stale = { ...RETURNED, 'health/items@us-central1': LARGER };
    expect(read(planOf('failback', {}, stale))).toContain('Withhold us-central1 while it is stale');
  });

  it('refuses an outage beyond gc_grace and names the rebuild', () => {
    const long = {
      ...RETURNED,
      'outage/main@us-central1': { firstFailureAt: NOW - 11 * 86_400_000, answeredAgainAt: NOW },
    };
    expect(refusal('failback', {}, long)).toMatch(/^outage-beyond-gc-grace: .*rebuild/);
  });

  it('refuses an incomplete ring, a silent region, an unmeasured outage, and nothing to bring back', () => {
    const down = { up: ['1', '2'], down: ['3'], silent: [], schemaAgreed: true, pendingHints: false };
    expect(refusal('failback', {}, { ...RETURNED, 'ring/main@us-central1': down })).toContain('ring-incomplete');
    expect(refusal('failback', {}, { ...RETURNED, 'ring/main@europe-west1': null })).toContain('ring-incomplete');
    expect(refusal('failback', {}, { ...RETURNED, 'health/items@us-central1': null })).toContain('region-not-back');
    expect(refusal('failback', {}, { ...RETURNED, 'outage/main@us-central1': null })).toContain('outage-not-measured');
    expect(refusal('failback', {}, {})).toContain('nothing-to-fail-back');
    expect(refusal('failback', { region: 'us-central1' }, { ...RETURNED, 'shares/items': null })).toBe(
      'no-load-balancer: The load balancer of items does not answer: did not answer. ' +
        'Start its agent, or move the traffic by hand there. Nothing was changed.',
    );
  });
});

describe('every plan', () => {
  it('warns before approval of an agent that is down', () => {
    const unpolled = { holders: [], unpolled: ['lab.agent.traffic.items'] };
    for (const [runbook, input, evidence] of [
      ['failover', FROM_US, {}],
      ['failback', {}, RETURNED],
    ] as const) {
      const { view } = planOf(runbook, input, { ...evidence, others: unpolled });
      expect(view.warnings.join(' ')).toContain('No worker polls lab.agent.traffic.items');
    }
  });

  it('keeps the rules, and is the same for the same evidence', () => {
    const plans: (() => Plan)[] = [
      () => planOf('failover', FROM_US),
      () => planOf('failover', FROM_US, LOST),
      () => planOf('failback', {}, RETURNED),
    ];
    for (const make of plans) {
      expect(checkPlan(make().core)).toEqual([]);
    }
    const estate = knownEstate();
    const again = (): string => planHash(planOf('failover', FROM_US, LOST, estate).core);
    expect(again()).toBe(again());
  });

  it('names its entries, and the names do not move when an entry is added before them', () => {
    const idsOf = (plan: Plan): string[] =>
      plan.core.entries.flatMap((one) => [one.id, ...stepsOf(one).flatMap(({ id }) => (id === one.id ? [] : [id]))]);
    const [cramped, roomy] = [planOf('failover', FROM_US), planOf('failover', FROM_US, { 'there/items': LARGER })];
    expect(idsOf(cramped).filter((id) => !idsOf(roomy).includes(id))).toEqual(['room/items']);
    expect(idsOf(roomy)).toEqual(expect.arrayContaining(['shift/50', 'shift/50/items', 'shift/50/items-auto']));
    const alone = planOf('failover', { ...FROM_US, traffic: 'items' });
    expect(idsOf(alone)).toContain('shift/50/items');
    expect([cramped.core.measuredBy.recovery, alone.core.measuredBy.recovery]).toEqual([
      ['shift/10', 'shift/50', 'shift/100'],
      ['shift/10/items', 'shift/50/items', 'shift/100/items'],
    ]);
  });

  it('has the same hash while only what is shown moves', () => {
    const estate = knownEstate();
    const later = { ...LOST, 'missing/main': { checked: 44, missing: 5, oldestMissingAt: NOW - 36_000 } };
    const [a, b] = [planOf('failover', FROM_US, LOST, estate), planOf('failover', FROM_US, later, estate)];
    expect(planHash(b.core)).toBe(planHash(a.core));
    expect(b.view.measures['loss']).not.toBe(a.view.measures['loss']);
  });
});
