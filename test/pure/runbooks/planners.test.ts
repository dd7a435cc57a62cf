/** What the runbooks plan, as a person reads it. Failure modes pinned: a plan that differs from what the words promise. */
import { describe, expect, it } from '@jest/globals';
import type { Estate } from '../../../estate/schema.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { checkPlan } from '../../../kernel/plan/check-plan.ts';
import { type Plan, planHash, stepsOf } from '../../../kernel/plan/plan.ts';
import { DRAINED, knownEstate, NOW, planOf } from './plan-fixture.ts';
import { read, refusal } from './plan-text.ts';

const FROM_US: JsonObject = { from: 'us-central1' };
const DRAINED_NOWHERE = { shares: { 'us-central1': 50, 'europe-west1': 50 }, drained: [] };
const UNCLEAN = {
  healthy: false,
  why: 'not admitted: it ended uncleanly',
  admitted: false,
  workers: 4,
  capacityPerWorker: 50,
};
const WITHHELD = { ...UNCLEAN, why: 'withheld by Lifeboat' };
const failing = (errorRate: number, measured = 50) => ({
  healthy: errorRate === 0,
  why: `${errorRate * 100} % of ${measured} requests failed`,
  measured,
  errorRate,
  latencyMs: 20,
});
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

  it('that is pinned as ungraceful is one plan, whether its region serves, fails, or answers nothing', () => {
    const pinned: JsonObject = { ...FROM_US, ungraceful: true };
    const sick = { healthy: false, why: 'ill', admitted: true, workers: 4, capacityPerWorker: 50 };
    const plans = [{}, { 'here/items': sick }, { 'here/items': UNCLEAN }, { 'here/items': null }].map((changed) =>
      planOf('failover', pinned, changed),
    );
    expect(new Set(plans.map(({ core }) => planHash(core))).size).toBe(1);
    const owed = plans[0]?.core.entries.flatMap(stepsOf).filter(({ call }) => call.step === 'services.withhold');
    expect(owed?.map(({ id }) => id)).toEqual(['owed/items']);
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

  it('of what is moved already changes nothing twice, and does what is owed', () => {
    const moved = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED, 'there/items': LARGER, 'here/items': null };
    const changes = planOf('failover', FROM_US, moved)
      .core.entries.flatMap(stepsOf)
      .filter(({ call }) => call.effect !== 'read');
    expect(changes.map(({ id }) => id)).toEqual(['owed/items']);
  });

  it('in steps tells of a frozen coordinator where it comes from, and of a lost one nothing that is known already', () => {
    const frozen = { up: ['us-1', 'us-3'], down: [], silent: ['us-2'], schemaAgreed: true, pendingHints: false };
    expect(planOf('failover', FROM_US, { 'ringHere/main': frozen }).view.warnings).toEqual([
      'main in us-central1: us-2 does not answer. Requests through it hang; what it alone acknowledged may be missing elsewhere.',
    ]);
    expect(planOf('failover', FROM_US, { ...LOST, 'ringHere/main': null }).view.warnings).toEqual([]);
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

  it('of a region that says healthy while its users fail goes at once, and says what they see', () => {
    const plan = planOf('failover', FROM_US, { 'users/items': failing(0.4) });
    expect(plan.core.entries.filter(({ kind }) => kind === 'hold')).toHaveLength(1);
    const seen = "40 % of its users' requests fail at the load balancer of items";
    expect(read(plan)).toContain(`us-central1 now: items healthy, 4 workers; ${seen}`);
    expect(plan.view.warnings).toContain(`us-central1 calls itself healthy, but ${seen}.`);
    expect(read(plan)).toContain('Let items in us-central1 report itself unhealthy');
  });

  it('is the same plan whatever the rate is, and not changed by few requests or few failures', () => {
    const hash = (evidence: { [probe: string]: unknown }): string =>
      planHash(planOf('failover', FROM_US, evidence).core);
    expect(hash({ 'users/items': failing(0.4) })).toBe(hash({ 'users/items': failing(0.9) }));
    for (const calm of [failing(0.02), failing(1, 4), null]) expect(hash({ 'users/items': calm })).toBe(hash({}));
  });

  it('is judged by the door where nobody asks and all goes to one region', () => {
    const alone = { setting: { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: [] }, down: [] };
    const quiet = { ...failing(0, 0), healthy: null, errorRate: null };
    const evidence = { 'shares/items': alone, 'users/items': quiet, 'door/items': failing(1) };
    expect(planOf('failover', FROM_US, evidence).view.headline).toContain('at once');
    expect(planOf('failover', FROM_US, { 'door/items': failing(1), 'users/items': quiet }).view.headline).not.toContain(
      'at once',
    );
  });

  it('refuses a destination that the load balancer holds for down, whatever it says of itself', () => {
    const cut = {
      setting: { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: [] },
      down: ['europe-west1'],
    };
    expect(refusal('failover', FROM_US, { 'shares/items-auto': cut })).toMatch(
      /^dead-target: .*items-auto holds its server for down/,
    );
  });

  it('of one entrance leaves the service to the other', () => {
    const one = { ...FROM_US, traffic: 'items' };
    const text = read(planOf('failover', one));
    expect(text).toContain('left out: Withholding items in us-central1, because items-auto still leads 100 %');
    expect(text).not.toContain('Let items in us-central1 report itself unhealthy');
    expect(read(planOf('failover', one, { 'elsewhere/items-auto': null }))).toContain(
      'items-auto leads there is not known',
    );
    expect(read(planOf('failover', one, { 'elsewhere/items-auto': DRAINED }))).toContain(
      'Let items in us-central1 report itself unhealthy',
    );
  });

  describe('into a region that was away', () => {
    const FROM_EU: JsonObject = { from: 'europe-west1' };
    const lost = {
      'shares/items': DRAINED,
      'shares/items-auto': DRAINED,
      'here/items': null,
      'outage/main': { firstFailureAt: NOW - 30_000, answeredAgainAt: null },
      'outageThere/main': { firstFailureAt: NOW - 3_600_000, answeredAgainAt: NOW - 60_000 },
      'missing/main': { checked: 40, missing: 7, oldestMissingAt: NOW - 90_000 },
      'there/items': UNCLEAN,
    };

    it('is a blocker for two people where nobody else lives, and says what may be missing', () => {
      const plan = planOf('failover', FROM_EU, lost);
      expect(plan.core.blockers).toMatchObject([{ rule: 'stale-destination', overridable: true }]);
      expect(plan.core.entries.find(({ kind }) => kind === 'gate')).toMatchObject({ tier: { name: 'two-people' } });
      const text = read(plan);
      expect(text).toContain(
        'us-central1 is STALE: 7 of the last 40 canaries that europe-west1 acknowledged are absent',
      );
      expect(text).toContain('Readmit us-central1, unrepaired');
      expect(plan.core.entries.findIndex(({ id }) => id === 'readmit/items')).toBeLessThan(
        plan.core.entries.findIndex(({ id }) => id === 'shift/100'),
      );
      expect(checkPlan(plan.core)).toEqual([]);
    });

    it('keeps its hash while more canaries go missing', () => {
      const hash = (missing: number) =>
        planHash(
          planOf('failover', FROM_EU, {
            ...lost,
            'missing/main': { checked: 50, missing, oldestMissingAt: NOW - 90_000 },
          }).core,
        );
      expect(hash(7)).toBe(hash(9));
    });

    it('holds for one that calls itself healthy, too: a zombie is drained and not repaired', () => {
      const zombie = { ...lost, 'there/items': LARGER };
      expect(planOf('failover', FROM_EU, zombie).core.blockers).toMatchObject([{ rule: 'stale-destination' }]);
      expect(refusal('failover', FROM_EU, { ...zombie, 'here/items': LARGER })).toMatch(
        /^stale-target: .*`run failback region=us-central1`/,
      );
    });

    it('needs no override where it was drained gracefully: it is readmitted, and lacks nothing', () => {
      const graceful = {
        ...lost,
        'there/items': WITHHELD,
        'outageThere/main': { firstFailureAt: null, answeredAgainAt: null },
      };
      const plan = planOf('failover', FROM_EU, graceful);
      expect(plan.core.blockers).toEqual([]);
      expect(read(plan)).toContain('Readmit items in us-central1');
    });

    it('waits while another region serves, and both dead names what comes next', () => {
      expect(refusal('failover', FROM_EU, { ...lost, 'here/items': LARGER })).toMatch(
        /^dead-target: .*`run failback region=us-central1`/,
      );
      expect(refusal('failover', FROM_EU, { ...lost, 'there/items': null })).toMatch(
        /^no-region-lives: .*`run failover from=europe-west1 to=us-central1`/,
      );
    });
  });

  it('says that the withholding of a silent region is owed, and does it when it answers again', () => {
    expect(read(planOf('failover', FROM_US, LOST))).toContain('what is owed then is done by');
    const zombie = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED, 'there/items': LARGER };
    const changes = planOf('failover', FROM_US, zombie)
      .core.entries.flatMap(stepsOf)
      .filter(({ call }) => call.effect !== 'read');
    expect(changes.map(({ id }) => id)).toEqual(['withhold/items']);
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

  it('repairs every cluster, though two have keyspaces and nodes of the same names', () => {
    const estate = knownEstate();
    const [main] = Object.values(estate.cassandra);
    if (!main) throw new Error('no cluster in the example');
    const both = { ...estate, cassandra: { ...estate.cassandra, second: main } };
    const repairs = (of: Estate): number =>
      planOf('failback', {}, RETURNED, of)
        .core.entries.flatMap((entry) => stepsOf(entry))
        .filter(({ call }) => call.step === 'cassandra.repair').length;
    expect(repairs(estate)).toBeGreaterThan(0);
    expect(repairs(both)).toBe(2 * repairs(estate));
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
    expect(planOf('failback', {}, stale).view.warnings.join(' ')).toContain('it is owed, and comes first');
  });

  it('of a region that serves is refused before it would be withheld, and names what comes first', () => {
    const serves = {
      ...RETURNED,
      'shares/items': {
        setting: { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: ['europe-west1'] },
        down: [],
      },
      'health/items@us-central1': LARGER,
    };
    expect(refusal('failback', { region: 'us-central1' }, serves)).toMatch(
      /^region-serves: us-central1 has 100 % of items now.*`run failover from=us-central1`/,
    );
  });

  it('of a region that came back unadmitted and kept its share says so, and the way out', () => {
    const kept = {
      ...RETURNED,
      'shares/items': { setting: DRAINED_NOWHERE, down: [] },
      'outage/main@us-central1': null,
    };
    expect(refusal('failback', { region: 'us-central1', outage: '10m' }, kept)).toMatch(
      /^region-serves: us-central1 has 50 % of items.*`run failover from=us-central1`/,
    );
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
