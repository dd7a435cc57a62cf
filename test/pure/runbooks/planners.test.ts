/** What the runbooks plan, as a person reads it. Failure modes pinned: a plan that differs from what the words promise. */
import { describe, expect, it } from '@jest/globals';
import type { Estate } from '../../../estate/schema.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { checkPlan } from '../../../kernel/plan/check-plan.ts';
import { type Plan, planHash, stepsOf } from '../../../kernel/plan/plan.ts';
import { RUNBOOKS } from '../../../runbooks/index.ts';
import { RUNBOOK_INPUTS } from '../../../runbooks/inputs/index.ts';
import { sharesWith } from '../../../runbooks/parts/shifting.ts';
import type { OutageReading } from '../../../runbooks/steps/canaries.ts';
import { type Shares, TrafficSetting } from '../../../runbooks/steps/traffic.ts';
import { DRAINED, evidenceFor, knownEstate, NOW, planOf } from './plan-fixture.ts';
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
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Away {
  readonly from: number;
  readonly to: number | null;
  readonly node?: string;
}

/** Of the whole region, unless a node is named; the last one is the present one. */
function away(...absences: readonly Away[]): OutageReading {
  const remembered = absences.map(({ from, to, node = null }) => ({ firstFailureAt: from, answeredAgainAt: to, node }));
  const { firstFailureAt = null, answeredAgainAt = null } = remembered.findLast(({ node }) => node === null) ?? {};
  return { firstFailureAt, answeredAgainAt, remembered, unwatched: null };
}

/** Both keyspaces of the lab, since when. */
function repairedAt(since: number, tookMs = 0) {
  return { keyspaces: { shop: { since, tookMs }, lifeboat: { since: since + 1, tookMs } } };
}

/** The lab with a third region, in which no Cassandra stands. */
function threeRegions(shares: Shares): Estate {
  const estate = knownEstate();
  const third = <T>(all: { readonly [region: string]: T }) => ({ ...all, 'asia-east1': all['us-central1'] as T });
  return {
    ...estate,
    regions: third(estate.regions),
    services: Object.fromEntries(
      Object.entries(estate.services).map(([name, one]) => [name, { ...one, regions: third(one.regions) }]),
    ),
    traffic: Object.fromEntries(Object.entries(estate.traffic).map(([name, one]) => [name, { ...one, shares }])),
  };
}

/** Its servers are gone, and so its users are not served either. */
const NOBODY = { healthy: null, why: 'no requests', measured: 0, errorRate: null, latencyMs: null };
const UNSERVED = { 'users/items': NOBODY, 'users/items-auto': NOBODY };
const SILENT = { 'here/items': null, ...UNSERVED };
const DEAD = { ...SILENT, 'outage/main': away({ from: NOW - 30_000, to: null }) };
const LOST = { ...DEAD, 'missing/main': { checked: 40, missing: 3, oldestMissingAt: NOW - 34_000, atLeast: false } };
const RETURNED = {
  'shares/items': DRAINED,
  'shares/items-auto': DRAINED,
  'health/items@us-central1': UNCLEAN,
  'health/items@europe-west1': LARGER,
  'outage/main@us-central1': away({ from: NOW - HOUR_MS, to: NOW - 60_000 }),
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

  it('begins with what is dead and since when, failing requests and the expected loss; and ends with what comes next', () => {
    const { view } = planOf('failover', FROM_US, LOST);
    expect(view.facts[0]).toEqual({ label: 'us-central1', value: 'items does not answer', since: NOW - 30_000 });
    const labels = view.facts.map(({ label }) => label);
    expect(labels[1]).toBe('Failing requests');
    expect(labels.indexOf('Expected data loss')).toBeLessThan(labels.indexOf('europe-west1'));
    const next = { say: 'us-central1 stays drained; when its servers run', runbook: 'failback' };
    expect(view.next).toEqual({ ...next, input: { region: 'us-central1' } });
    expect(planOf('failover', FROM_US).view.facts[0]).not.toHaveProperty('since');
  });

  it('of what answers nobody, but serves its users, is no failover at once: whoever asks may be what is cut off', () => {
    const estate = knownEstate();
    const plan = (more: { readonly [probe: string]: unknown }, input: JsonObject = FROM_US): Plan =>
      planOf('failover', input, { 'here/items': null, ...more }, estate);
    const cut = plan({});
    expect(cut.view.headline).toBe('Move all traffic from us-central1 to europe-west1, in steps');
    const warned = 'us-central1 does not answer when asked, but its users’ requests are served';
    expect(cut.view.warnings).toContainEqual(expect.stringMatching(new RegExp(`^${warned}.*Nothing need be moved`)));
    expect(cut.view.warnings.join(' ')).not.toMatch(/\d %|\d requests/);
    expect(planHash(plan({ 'users/items': failing(0.02, 7) }).core)).toBe(planHash(cut.core));
    // What is withheld there comes last, where it answers by then.
    expect(cut.core.entries.map(({ id }) => id)).toContain('owed/items');
    for (const seen of [NOBODY, failing(1), failing(0, 2)]) {
      const dead = plan({ 'users/items': seen, 'users/items-auto': seen });
      expect(dead.view.headline).toMatch(/at once$/);
      expect(dead.view.warnings.join(' ')).not.toContain('cut off');
    }
    expect(plan({}, { ...FROM_US, ungraceful: true }).view.headline).toMatch(/at once$/);
    const sick = { healthy: false, why: 'ill', admitted: true, workers: 4, capacityPerWorker: 50 };
    expect(plan({ 'here/items': sick }).view.warnings.join(' ')).toContain(
      'us-central1 calls itself unhealthy when asked',
    );
  });

  it('says from where a region was asked that does not answer', () => {
    const estate = knownEstate();
    const found = RUNBOOKS.find(({ name }) => name === 'failover');
    const evidence = {
      ...evidenceFor(estate, 'failover', FROM_US),
      'here/items': { ok: false, reason: 'did not answer', at: NOW, from: 'europe-west1' },
    } as const;
    const plan = found?.plan({ estate, estateDigest: 'd'.repeat(64), input: FROM_US, evidence, now: NOW });
    expect(plan?.view.warnings.join(' ')).toContain('us-central1 does not answer when asked from europe-west1, but');
    expect(plan?.view.facts[0]?.value).toBe('items does not answer, as read in europe-west1');
  });

  it('warns of a proof that cannot hold as things stand', () => {
    const frozen = { up: ['eu-1', 'eu-2'], down: [], silent: ['eu-3'], schemaAgreed: true, pendingHints: false };
    const { warnings } = planOf('failover', FROM_US, { 'ring/main': frozen }).view;
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^The proof “.*every coordinator of europe-west1 .*” fails as things stand: eu-3 does not answer/,
      ),
    );
    expect(planOf('failover', FROM_US).view.warnings.join(' ')).not.toContain('as things stand');
  });

  it('that has nothing to move says what it does', () => {
    const away = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED };
    const plan = planOf('failover', FROM_US, away);
    const title = 'Withhold us-central1; its traffic is at europe-west1 already';
    expect(plan.view.headline).toBe(title);
    expect(plan.core.entries[0]).toMatchObject({ kind: 'gate', title });
    const undrained = { ...DRAINED, setting: { ...DRAINED.setting, drained: [] } };
    expect(planOf('failover', FROM_US, { ...away, 'shares/items': undrained }).view.headline).toBe(
      'Drain and withhold us-central1; its traffic is at europe-west1 already',
    );
  });

  it('says of each phase what is to be done, should a step of it be left, and every such command is one', () => {
    const plans = [planOf('failover', FROM_US, LOST), planOf('failback', {}, RETURNED)];
    for (const { core, view } of plans) {
      const changing = new Set(core.entries.flatMap(stepsOf).map(({ phase }) => core.phases[phase]?.id ?? ''));
      for (const id of changing) {
        expect([id, view.ifLeft?.[id]?.undone?.next]).toEqual([id, expect.anything()]);
        const { undone, kept } = view.ifLeft?.[id] ?? {};
        for (const next of [undone?.next, kept?.next].filter((one) => one !== undefined))
          expect(RUNBOOK_INPUTS.find(({ name }) => name === next.runbook)?.input.safeParse(next.input).success).toBe(
            true,
          );
      }
      const takenBack = new Set(
        core.entries
          .flatMap(stepsOf)
          .flatMap(({ undo, phase }) => (undo.kind === 'call' ? [core.phases[phase]?.id] : [])),
      );
      const pivot = core.entries.find(({ kind }) => kind === 'pivot')?.phase ?? 0;
      for (const id of takenBack)
        if (core.phases.findIndex((one) => one.id === id) < pivot)
          expect([id, view.ifLeft?.[id ?? '']?.kept]).toEqual([id, expect.anything()]);
    }
  });

  it('of a dead region whose loss nobody measured says so, and never a number', () => {
    const plan = planOf('failover', FROM_US, { ...SILENT, 'outage/main': null, 'missing/main': null });
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

  it('of a region that answers, and whose writes do not arrive, says what is missed there, and asks when it doubles', () => {
    const estate = knownEstate();
    const cut = (lossMs: number): Plan => {
      const absent = { checked: 100, missing: 100, oldestMissingAt: NOW - lossMs, atLeast: true };
      return planOf('failover', FROM_US, { 'missing/main': absent }, estate);
    };
    const twoHours = cut(2 * HOUR_MS);
    expect(twoHours.view.measures).toEqual({ loss: 2 * HOUR_MS });
    expect(read(twoHours)).toContain(
      'Expected data loss: at least 2 h (100 of 100 canaries absent; they have not arrived yet)',
    );
    expect(read(twoHours)).toContain('the loss is at least what is said, and may be more');
    expect(read(twoHours)).toContain('The expected loss is over the objective');
    // It ages by itself: people are not asked anew with every minute.
    expect(planHash(cut(2 * HOUR_MS + 5 * 60_000).core)).toBe(planHash(twoHours.core));
    expect(planHash(cut(3 * HOUR_MS).core)).not.toBe(planHash(twoHours.core));
  });

  it('of a region that answers is not called lossless when nothing could be compared', () => {
    const plan = planOf('failover', FROM_US, { 'missing/main': null });
    expect(plan.view.measures).toEqual({ loss: null });
    expect(read(plan)).toContain('The data loss could not be measured: what has arrived could not be compared.');
  });

  it('of a dead region of which all canaries are absent says "at least"', () => {
    const all = { checked: 40, missing: 40, oldestMissingAt: NOW - 634_000, atLeast: true };
    const plan = planOf('failover', FROM_US, { ...DEAD, 'missing/main': all });
    expect(plan.view.measures).toEqual({ loss: 604_000 });
    expect(read(plan)).toContain('Expected data loss: at least 10 min 4 s (40 of 40 canaries absent;');
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
      'main in us-central1: us-2 does not answer. Requests through it hang; what it alone acknowledged may be missing elsewhere. Where too many hang for small steps: `run failover from=us-central1 to=europe-west1 ungraceful=true`.',
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
    expect(read(plan)).toContain(`Failing requests: ${seen}`);
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
      ...DEAD,
      'outageThere/main': away({ from: NOW - HOUR_MS, to: NOW - 60_000 }),
      'missing/main': { checked: 40, missing: 7, oldestMissingAt: NOW - 90_000, atLeast: false },
      'there/items': UNCLEAN,
    };

    it('is a blocker for two people where nobody else lives, and says what may be missing', () => {
      const plan = planOf('failover', FROM_EU, lost);
      expect(plan.core.blockers).toMatchObject([{ rule: 'stale-destination', overridable: true }]);
      expect(plan.core.entries.find(({ kind }) => kind === 'gate')).toMatchObject({ tier: { name: 'two-people' } });
      const text = read(plan);
      expect(text).toContain('us-central1 is STALE: 7 of 40 canaries that europe-west1 acknowledged are absent');
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
            'missing/main': { checked: 50, missing, oldestMissingAt: NOW - 90_000, atLeast: false },
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
        'outageThere/main': away(),
      };
      const plan = planOf('failover', FROM_EU, graceful);
      expect(plan.core.blockers).toEqual([]);
      expect(read(plan)).toContain('Readmit items in us-central1');
    });

    it('is stale until Cassandra’s own record covers what it missed, whatever else was repaired', () => {
      const withheld = { ...lost, 'there/items': WITHHELD };
      const blockers = (more: { [probe: string]: unknown }) =>
        planOf('failover', FROM_EU, { ...withheld, ...more }).core.blockers.map(({ rule }) => rule);
      expect(blockers({})).toEqual(['stale-destination']);
      const during = { 'repaired/main@us-central1': repairedAt(NOW - 60_001) };
      expect(blockers(during)).toEqual(['stale-destination']);
      const half = { keyspaces: { ...repairedAt(NOW - 50_000).keyspaces, lifeboat: null } };
      expect(blockers({ 'repaired/main@us-central1': half })).toEqual(['stale-destination']);
      expect(blockers({ 'repaired/main@us-central1': repairedAt(NOW - 50_000) })).toEqual([]);
      // A node that was away for longer than hints are kept makes it stale as well, and so does what nobody watched.
      const node = away({ node: 'us-2', from: NOW - 9 * HOUR_MS, to: NOW - 5 * HOUR_MS });
      expect(blockers({ 'outageThere/main': node })).toEqual(['stale-destination']);
      const unwatched = { ...away(), unwatched: { from: NOW - 9 * HOUR_MS, to: NOW - HOUR_MS } };
      expect(blockers({ 'outageThere/main': unwatched })).toEqual(['stale-destination']);
      expect(blockers({ 'outageThere/main': away() })).toEqual([]);
    });

    it('says "at least" where all that was looked for is absent', () => {
      const all = { checked: 40, missing: 40, oldestMissingAt: NOW - 90_000, atLeast: true };
      expect(read(planOf('failover', FROM_EU, { ...lost, 'missing/main': all }))).toContain(
        'us-central1 is STALE: at least 40 of 40 canaries',
      );
    });

    it('waits while another region serves', () => {
      expect(refusal('failover', FROM_EU, { ...lost, 'here/items': LARGER })).toMatch(
        /^dead-target: .*`run failback region=us-central1`/,
      );
    });
  });

  describe('of two regions that are both dead', () => {
    const GONE = away({ from: NOW - 90_000, to: null });
    const NO_QUORUM = { ...LARGER, healthy: false, why: 'the database does not answer' };
    const bothDead = { ...DEAD, 'there/items': null, 'outageThere/main': GONE };

    it('says so of both, with what shows it, and the next command for whichever answers first', () => {
      expect(refusal('failover', FROM_US, bothDead)).toBe(
        'no-region-lives: Both us-central1 and europe-west1 are dead, so there is nowhere to move to. ' +
          'us-central1: items does not answer (did not answer); the canary outside has missed its database for 30 s. ' +
          'europe-west1: items does not answer (did not answer); the canary outside has missed its database for 1 min 30 s. ' +
          'Start either of them. When europe-west1 answers first: `run failover from=us-central1 to=europe-west1`; ' +
          'when us-central1 does: `run failover from=europe-west1 to=us-central1`. ' +
          'Each says what may be missing there. Nothing was changed.',
      );
    });

    it('counts one that answers and cannot serve, and what the load balancer and a silent canary say', () => {
      const gray = {
        ...bothDead,
        'shares/items-auto': { setting: DRAINED_NOWHERE, down: ['us-central1', 'europe-west1'] },
        'there/items': NO_QUORUM,
        'outageThere/main': null,
      };
      expect(refusal('failover', FROM_US, gray)).toMatch(
        /^no-region-lives: Both us-central1 and europe-west1 are dead/,
      );
      expect(refusal('failover', FROM_US, gray)).toContain(
        'europe-west1: items answers, and cannot serve (the database does not answer); the canary outside could not be asked ' +
          '(did not answer); the load balancer of items-auto holds it for down.',
      );
      expect(refusal('failover', FROM_US, { ...gray, 'here/items': NO_QUORUM })).toContain('no-region-lives: Both');
    });

    it('names the one that waits to be readmitted as the way out', () => {
      const waiting = { ...bothDead, 'here/items': UNCLEAN };
      expect(refusal('failover', FROM_US, waiting)).toMatch(
        /^no-region-lives: europe-west1 is dead and us-central1 is not in service.*us-central1 answers: `run failover from=europe-west1 to=us-central1` brings it into service/,
      );
    });

    it('is not what a region is called whose only fault is a dead destination', () => {
      expect(refusal('failover', FROM_US, { 'there/items': NO_QUORUM })).toContain('dead-target');
    });

    it('of a failback whose survivor fails names the rescue, which is taken, though every ring is whole', () => {
      const sick = { ...LARGER, healthy: false, why: 'its store does not answer' };
      const unserved = { 'users/items@europe-west1': NOBODY, 'users/items-auto@europe-west1': NOBODY };
      const held = { ...DRAINED, down: ['europe-west1'] };
      const rescue = '`run failover from=europe-west1 to=us-central1`';
      for (const failing of [
        { ...unserved, 'health/items@europe-west1': sick },
        { ...unserved, 'health/items@europe-west1': null },
        { 'shares/items': held, 'shares/items-auto': held },
        // Before it is asked how long the other one was away.
        { ...unserved, 'health/items@europe-west1': null, 'outage/main@us-central1': null },
      ]) {
        const said = refusal('failback', {}, { ...RETURNED, ...failing });
        expect(said).toMatch(/^survivor-fails: Nothing serves items well: /);
        expect(said).toContain(rescue);
      }
      const node = { up: ['1', '2'], down: ['3'], silent: [], schemaAgreed: true, pendingHints: false };
      const partly = { ...RETURNED, 'shares/items': held, 'ring/main@europe-west1': node };
      expect(refusal('failback', {}, partly)).toMatch(/^ring-incomplete: .*If europe-west1 is lost: `run failover/);
      // The rescue judges as this does.
      const lost = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED, 'there/items': UNCLEAN };
      const gone = { ...lost, ...UNSERVED, 'here/items': sick };
      expect(planOf('failover', { from: 'europe-west1', to: 'us-central1' }, gone).core.blockers).toHaveLength(1);
    });

    it('of a failback warns of a survivor that does badly, and serves its users all the same', () => {
      const sick = { ...LARGER, healthy: false, why: 'its store does not answer' };
      for (const [seen, why] of [
        [{ 'health/items@europe-west1': sick }, 'items cannot serve (its store does not answer)'],
        [{ 'users/items@europe-west1': failing(0.4) }, '40 % of its users'],
      ] as const)
        expect(planOf('failback', {}, { ...RETURNED, ...seen }).view.warnings.join(' ')).toContain(
          `europe-west1 serves now, and ${why}`,
        );
      expect(planOf('failback', {}, RETURNED).view.warnings.join(' ')).not.toContain('serves now');
    });

    it('of a failback names the failover that brings the living one into service', () => {
      const survivorDied = {
        ...RETURNED,
        'health/items@europe-west1': null,
        'ring/main@europe-west1': null,
      };
      expect(refusal('failback', {}, survivorDied)).toMatch(
        /^ring-incomplete: .*If europe-west1 is lost: `run failover from=europe-west1 to=us-central1`/,
      );
      expect(refusal('failback', {}, { ...RETURNED, 'health/items@us-central1': null })).toMatch(
        /^region-not-back: .*Start us-central1 first, then `run failback region=us-central1` again/,
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

  describe('whose entrances differ', () => {
    // us and eu behind one, us and asia behind the other.
    const pairs = (): Estate => {
      const estate = threeRegions({});
      const [entrance] = Object.values(estate.traffic);
      if (!entrance) throw new Error('no entrance in the example');
      const between = (other: string) => ({
        ...entrance,
        shares: { 'us-central1': 50, [other]: 50 },
        servers: { 'us-central1': 'us', [other]: 'other' },
      });
      return { ...estate, traffic: { ab: between('europe-west1'), ac: between('asia-east1') } };
    };
    const set = (us: number, other: string) => ({
      setting: { shares: { 'us-central1': us, [other]: 100 - us }, drained: us === 0 ? ['us-central1'] : [] },
      down: [],
    });

    it('names those that it moves, and the command of those that it leaves', () => {
      const text = read(
        planOf('failover', { ...FROM_US, to: 'europe-west1' }, { 'elsewhere/ac': set(50, 'asia-east1') }, pairs()),
      );
      expect(text).toContain('Move all traffic of ab from us-central1 to europe-west1');
      expect(text).toContain(
        'left out: Moving ac, because it does not lead to europe-west1; it is moved by `run failover from=us-central1 to=asia-east1`',
      );
      const one = planOf('failover', { ...FROM_US, traffic: 'items' });
      expect(one.core.wayBack?.say).toBe('Give everything of items back to us-central1');
      expect(read(one)).toContain(
        'it was not named; it is moved by `run failover from=us-central1 to=europe-west1 traffic=items-auto`',
      );
    });

    it('gives back what leads where the most is served, says so, and the command of the rest', () => {
      const seen = { 'shares/ab': set(0, 'europe-west1'), 'shares/ac': set(0, 'asia-east1') };
      const { core, view } = planOf('failback', { region: 'us-central1' }, seen, pairs());
      expect(core.wayBack).toMatchObject({
        say: 'Give everything of ac back to asia-east1',
        input: { from: 'us-central1', to: 'asia-east1', ungraceful: true },
      });
      expect(view.leftOut).toContainEqual({
        what: 'ab in “Give everything of ac back to asia-east1”',
        because: expect.stringContaining('`run failover from=us-central1 to=europe-west1`'),
      });
    });
  });

  it('whose one load balancer is unreadable names the command for those that answer', () => {
    expect(refusal('failover', FROM_US, { ...DEAD, 'shares/items-auto': null })).toMatch(
      /^no-load-balancer: .*items-auto.*`run failover from=us-central1 to=europe-west1 traffic=items`/,
    );
  });

  it('of a standby at one entrance is not withheld while another has it to fall back on', () => {
    const text = read(planOf('failover', { from: 'europe-west1', traffic: 'items' }));
    expect(text).toContain(
      'left out: Withholding items in europe-west1, because items-auto has it to fall back on: it has no share there, and is not drained',
    );
    expect(text).not.toContain('Let items in europe-west1 report itself unhealthy');
  });

  it('to a region that owes a repair waits wherever it is to begin to serve, drained there or not', () => {
    const out: JsonObject = { from: 'europe-west1' };
    const at = (us: number, drained: readonly string[] = []) => ({
      setting: { shares: { 'us-central1': us, 'europe-west1': 100 - us }, drained },
      down: [],
    });
    const owing = { 'outageThere/main': away({ from: NOW - 2 * HOUR_MS, to: NOW - HOUR_MS }) };
    const byWeight = { ...owing, 'shares/items': at(0), 'shares/items-auto': at(0) };
    const atOne = { ...byWeight, 'shares/items': at(0, ['us-central1']) };
    for (const seen of [byWeight, atOne]) expect(refusal('failover', out, seen)).toMatch(/^stale-target: /);
    const split = { ...owing, 'shares/items': at(0, ['us-central1']), 'shares/items-auto': at(100) };
    expect(refusal('failover', out, split)).toMatch(/^stale-target: /);
    expect(planOf('failover', out, { ...split, ...SILENT }).core.blockers).toMatchObject([
      { rule: 'stale-destination' },
    ]);
    // It serves at every entrance that is to gain: no more is asked of it than it does already.
    const serving = { ...owing, 'shares/items': at(10), 'shares/items-auto': at(100) };
    expect(planOf('failover', out, serving).core.blockers).toEqual([]);
    // A standby that nobody drained is not stale because nobody outside could be asked.
    const unseen = { 'outageThere/main': null, 'shares/items': at(0), 'shares/items-auto': at(0) };
    expect(planOf('failover', out, unseen).core.blockers).toEqual([]);
  });

  it('that only withholds does not ask whether its destination is fit', () => {
    const left = {
      setting: { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: ['europe-west1'] },
      down: [],
    };
    const seen = { ...UNSERVED, 'shares/items': left, 'shares/items-auto': left, 'there/items': null };
    const { core, view } = planOf('failover', { from: 'europe-west1' }, seen);
    expect(checkPlan(core)).toEqual([]);
    expect(view.headline).toBe('Withhold europe-west1; its traffic is at us-central1 already');
    const changes = core.entries.flatMap(stepsOf).filter(({ call }) => call.effect !== 'read');
    expect(changes.map(({ id }) => id)).toEqual(['withhold/items']);
    expect(view.leftOut).toContainEqual({
      what: 'Watching and proving us-central1',
      because: expect.stringContaining('is not fit to serve'),
    });
    // Where it has nothing to withhold, the dead are what counts.
    expect(refusal('failover', { from: 'europe-west1' }, { ...seen, 'here/items': null })).toContain('no-region-lives');
  });

  it('opens no region that gets nothing by it', () => {
    const estate = threeRegions({ 'us-central1': 34, 'europe-west1': 33, 'asia-east1': 33 });
    const moved = {
      setting: {
        shares: { 'us-central1': 0, 'europe-west1': 0, 'asia-east1': 100 },
        drained: ['europe-west1', 'us-central1'],
      },
      down: [],
    };
    const seen = { 'shares/items': moved, 'shares/items-auto': moved };
    const { core } = planOf('failover', { ...FROM_US, to: 'europe-west1' }, seen, estate);
    expect(core.entries.flatMap(stepsOf).filter(({ call }) => call.step === 'traffic.set')).toEqual([]);
  });

  it('names in every next command of what was left the region that it goes to', () => {
    const plan = planOf('failover', FROM_US, LOST);
    const back = planOf('failback', {}, RETURNED);
    const nexts = [plan, back].flatMap(({ view }) =>
      Object.values(view.ifLeft ?? {}).flatMap(({ undone, kept }) => [undone?.next, kept?.next]),
    );
    for (const next of nexts)
      if (next?.runbook === 'failover') expect(next.input).toHaveProperty('to', expect.any(String));
    const seen = { 'shares/items': { setting: DRAINED_NOWHERE, down: [] }, 'health/items@us-central1': UNCLEAN };
    const three = threeRegions({ 'us-central1': 50, 'europe-west1': 50, 'asia-east1': 0 });
    const at = {
      setting: { shares: { 'us-central1': 20, 'europe-west1': 30, 'asia-east1': 50 }, drained: [] },
      down: [],
    };
    expect(refusal('failback', { region: 'us-central1' }, { ...RETURNED, ...seen, 'shares/items': at }, three)).toMatch(
      /^region-serves: .*`run failover from=us-central1 to=/,
    );
  });

  it('says what was counted, also where it is too little to call a region failing', () => {
    const fact = (rate: number): unknown =>
      planOf('failover', FROM_US, { 'users/items': failing(rate, 100), 'users/items-auto': failing(0) }).view.facts[1]
        ?.value;
    expect(fact(0.09)).toBe('9 % of 100 at the load balancer of items');
    expect(fact(0)).toBe('none were seen');
  });

  it('refuses before anything is touched', () => {
    expect(refusal('failover', FROM_US, { 'there/items': null })).toContain(
      'dead-target: items in europe-west1 is not fit',
    );
    expect(refusal('failover', FROM_US, { 'there/items': WITHHELD })).toContain('dead-target');
    expect(refusal('failover', FROM_US, { 'shares/items': null })).toContain('no-load-balancer');
  });

  it('is left again at once by the way back, to what this run had withheld, also where it only does badly', () => {
    const way = planOf('failover', FROM_US).core.wayBack;
    expect(way).toMatchObject({ say: 'Give everything back to us-central1', runbook: 'failover' });
    expect(way?.input).toEqual({ from: 'europe-west1', to: 'us-central1', ungraceful: true });
    const only = planOf('failover', { ...FROM_US, traffic: 'items' }).core.wayBack;
    expect(only?.input).toMatchObject({ traffic: 'items' });
    const inTheWindow = { 'shares/items': DRAINED, 'shares/items-auto': DRAINED, 'there/items': WITHHELD };
    const seen = {
      ...inTheWindow,
      'outageThere/main': away(),
      'users/items': failing(0.05),
      'users/items-auto': failing(0),
    };
    const back = planOf('failover', way?.input ?? {}, seen);
    expect(checkPlan(back.core)).toEqual([]);
    expect(read(back)).toMatchSnapshot();
    // Nobody says that it is lost: then there is time for a failback.
    expect(refusal('failover', { from: 'europe-west1' }, seen)).toContain('dead-target');
    // A stale one is not gone to while the other serves, whatever people say.
    expect(refusal('failover', way?.input ?? {}, { ...seen, 'there/items': UNCLEAN })).toContain('dead-target');
  });
});

describe('a repair that is owed', () => {
  const UNREPAIRED = away({ from: NOW - HOUR_MS, to: NOW - 60_000 });
  const OWED = 'a repair is OWED: us-central1 may miss writes since 2027-01-15 07:00 UTC';
  // The returned region took over unrepaired, and it is the other one that comes back, after it was drained in peace.
  const TAKEN_OVER = {
    setting: { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: ['europe-west1'] },
    down: [],
  };
  const NEXT = {
    'shares/items': TAKEN_OVER,
    'shares/items-auto': TAKEN_OVER,
    'health/items@europe-west1': WITHHELD,
    'outage/main@us-central1': UNREPAIRED,
  };
  const COVERED = { 'repaired/main@europe-west1': repairedAt(NOW - 50_000) };

  it('is demanded by the next failback, of whichever region, until the record covers it', () => {
    const text = read(planOf('failback', {}, NEXT));
    expect(text).toContain('Bring europe-west1 back, after a full repair across datacentres');
    expect(text).toContain(OWED);
    const unread = { 'repaired/main@us-central1': null };
    expect(read(planOf('failback', {}, { ...NEXT, ...unread, ...COVERED }))).toContain('left out: The full repair');
  });

  it('stands in every plan until the record covers it, whoever is moved where, and changes no plan', () => {
    const changed = (more: { [probe: string]: unknown }) => ({ 'outage/main': UNREPAIRED, ...more });
    const estate = knownEstate();
    const owing = planOf('failover', FROM_US, changed({}), estate);
    expect(read(owing)).toContain(OWED);
    const back = planOf('failover', { from: 'europe-west1' }, { 'outageThere/main': UNREPAIRED }, estate);
    expect(read(back)).toContain(OWED);
    const covered = planOf('failover', FROM_US, changed(COVERED), estate);
    expect(read(covered)).not.toContain('OWED');
    expect(planHash(covered.core)).toBe(planHash(owing.core));
  });

  it('whose record nobody reads is not called done', () => {
    const unread = { 'repaired/main@us-central1': null, 'repaired/main@europe-west1': null };
    expect(read(planOf('failback', {}, { ...NEXT, ...unread }))).toContain(
      'Repaired main: its own record could not be read; a repair is OWED',
    );
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
      'outage/main@us-central1': away(),
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
      'outage/main@us-central1': away({ from: NOW - 11 * DAY_MS, to: NOW }),
    };
    expect(refusal('failback', {}, long)).toMatch(/^outage-beyond-gc-grace: .*rebuild/);
  });

  it('counts from the earliest write that may be missed to the end of the repair, not how long an outage was', () => {
    const us = (...absences: readonly Away[]) => ({
      ...RETURNED,
      'outage/main@us-central1': away(...absences),
    });
    const old = { from: NOW - 40 * DAY_MS - 5 * HOUR_MS, to: NOW - 40 * DAY_MS };
    expect(refusal('failback', {}, us(old))).toMatch(/^outage-beyond-gc-grace: .*rebuild/);
    // A blip after it hides nothing.
    const blip = { from: NOW - HOUR_MS, to: NOW - HOUR_MS + 60_000 };
    expect(refusal('failback', {}, us(old, blip))).toMatch(/^outage-beyond-gc-grace: /);
    // Repaired since: only the blip counts. Repaired while it lasted, or only one of two keyspaces: it does count.
    const covered = { 'repaired/main@us-central1': repairedAt(NOW - 39 * DAY_MS) };
    expect(refusal('failback', {}, { ...us(old, blip), ...covered })).toContain('Full repair of shop from us-1');
    const during = { 'repaired/main@us-central1': repairedAt(old.to - 1) };
    expect(refusal('failback', {}, { ...us(old, blip), ...during })).toMatch(/^outage-beyond-gc-grace: /);
    const half = {
      'repaired/main@us-central1': { keyspaces: { ...repairedAt(NOW - DAY_MS).keyspaces, lifeboat: null } },
    };
    expect(refusal('failback', {}, { ...us(old, blip), ...half })).toMatch(/^outage-beyond-gc-grace: /);
    // Nor is the other region's outage healed by repairing: its replicas would bring deleted rows back just the same.
    const eu = { ...RETURNED, 'outage/main@europe-west1': away(old) };
    expect(refusal('failback', {}, eu)).toMatch(/^outage-beyond-gc-grace: /);
    expect(refusal('failback', { outage: '10d' }, RETURNED)).toMatch(/^outage-beyond-gc-grace: /);
  });

  it('of what serves, beyond gc_grace, never tells to empty it', () => {
    const serving = {
      ...RETURNED,
      'shares/items': { setting: DRAINED_NOWHERE, down: [] },
      'health/items@us-central1': LARGER,
      'outage/main@us-central1': away({ from: NOW - 11 * DAY_MS, to: NOW - 10.9 * DAY_MS }),
    };
    expect(refusal('failback', { region: 'us-central1' }, serving)).toMatch(/^region-serves: /);
  });

  it('beyond gc_grace tells to empty nothing where the other region was away, too', () => {
    const both = {
      ...RETURNED,
      'outage/main@us-central1': away({ from: NOW - 11 * DAY_MS, to: NOW - 10.9 * DAY_MS }),
      'outage/main@europe-west1': away({ from: NOW - DAY_MS, to: NOW - HOUR_MS }),
    };
    expect(refusal('failback', {}, both)).toMatch(
      /^outage-beyond-gc-grace: us-central1 of main may .*empty nothing yet: europe-west1 and us-central1 were both away/,
    );
  });

  it('leaves time for the repair: as long as the last one took, else a day', () => {
    const nearly = { ...RETURNED, 'outage/main@us-central1': away({ from: NOW - 9.5 * DAY_MS, to: NOW - HOUR_MS }) };
    expect(refusal('failback', {}, nearly)).toMatch(/is over in 1 d \(assumed/);
    const quick = { 'repaired/main@us-central1': repairedAt(NOW - 12 * DAY_MS, 2 * HOUR_MS) };
    expect(refusal('failback', {}, { ...nearly, ...quick })).toContain(
      'reckoned to take 4 h 0 min'.replace(' 0 min', ''),
    );
    const slow = { 'repaired/main@us-central1': repairedAt(NOW - 12 * DAY_MS, 8 * HOUR_MS) };
    expect(refusal('failback', {}, { ...nearly, ...slow })).toMatch(/^outage-beyond-gc-grace: .*16 h/);
  });

  it('reads the record of repairs wherever a node answers, and says when none does', () => {
    const seen = { ...RETURNED, 'health/items@us-central1': WITHHELD };
    const covered = { 'repaired/main@us-central1': null, 'repaired/main@europe-west1': repairedAt(NOW - 1_000) };
    expect(refusal('failback', {}, { ...seen, ...covered })).toContain('left out: The full repair, because repaired:');
    const none = { 'repaired/main@us-central1': null, 'repaired/main@europe-west1': null };
    const text = refusal('failback', {}, { ...seen, ...none });
    expect(text).toContain("main's own record of repairs could not be read");
    expect(text).toContain('Full repair of shop from us-1');
  });

  it('repairs after nodes were away for longer than hints are kept, though their region never was', () => {
    const nodes = {
      ...RETURNED,
      'health/items@us-central1': WITHHELD,
      'outage/main@us-central1': away(
        { node: 'us-2', from: NOW - 9 * HOUR_MS, to: NOW - 5 * HOUR_MS },
        { node: 'us-3', from: NOW - 9 * HOUR_MS, to: NOW - 5 * HOUR_MS },
      ),
    };
    const text = read(planOf('failback', {}, nodes));
    expect(text).toContain('Case: us-2, us-3 was away for longer than hints are kept: a full repair comes first');
    expect(text).toContain('Full repair of shop from us-1');
    const covered = { ...nodes, 'repaired/main@us-central1': repairedAt(NOW - 4 * HOUR_MS) };
    expect(read(planOf('failback', {}, covered))).toContain('left out: The full repair');
  });

  it('asks how long the region was away when that is not known', () => {
    const graceful = { ...RETURNED, 'health/items@us-central1': WITHHELD, 'outage/main@us-central1': away() };
    expect(refusal('failback', {}, graceful)).toContain('left out: The full repair');
    const estate = knownEstate();
    const two = { ...estate, canaries: { ...estate.canaries, second: { ...estate.canaries['main'] } } } as Estate;
    const oneIsSilent = { ...graceful, 'outage/second@us-central1': null };
    expect(refusal('failback', {}, oneIsSilent, two)).toMatch(/^outage-not-measured: .*outage=DURATION/);
    expect(refusal('failback', {}, graceful, { ...estate, canaries: {} })).toMatch(/^outage-not-measured: /);
    const never = { ...graceful, 'outage/main@us-central1': { ...away(), unwatched: { from: 0, to: null } } };
    expect(refusal('failback', {}, never)).toMatch(/^outage-not-measured: /);
    const unwatched = { ...away(), unwatched: { from: NOW - 9 * HOUR_MS, to: NOW - HOUR_MS } };
    const blind = { ...graceful, 'outage/main@us-central1': unwatched };
    expect(refusal('failback', {}, blind)).toMatch(/^outage-not-measured: /);
    expect(refusal('failback', { outage: '9h' }, blind)).toContain('an outage of 9 h, as told');
    const since = { ...blind, 'repaired/main@us-central1': repairedAt(NOW - HOUR_MS + 1) };
    expect(refusal('failback', {}, since)).toContain('left out: The full repair');
  });

  // One small outage that was seen once turned "must ask" into "may repair".
  it('asks where nobody watched for as long as gc_grace, whatever was seen besides', () => {
    const seen = away({ from: NOW - DAY_MS, to: NOW - HOUR_MS });
    const since = (days: number) => ({
      ...RETURNED,
      'outage/main@us-central1': { ...seen, unwatched: { from: NOW - days * DAY_MS, to: NOW - DAY_MS } },
    });
    expect(refusal('failback', {}, since(30))).toMatch(/^outage-not-measured: .*too old to repair/);
    expect(refusal('failback', {}, since(2))).toContain('Full repair of shop from us-1');
    expect(refusal('failback', { outage: '2d' }, since(30))).toContain('Full repair of shop from us-1');
    const repaired = { ...since(30), 'repaired/main@us-central1': repairedAt(NOW - 3 * DAY_MS) };
    expect(refusal('failback', {}, repaired)).toContain('Full repair of shop from us-1');
  });

  it('tells each repair by when it must have begun: the earliest missed write and gc_grace', () => {
    const from = NOW - DAY_MS;
    const plan = planOf('failback', {}, { ...RETURNED, 'outage/main@us-central1': away({ from, to: NOW - HOUR_MS }) });
    const repairs = plan.core.entries.flatMap(stepsOf).filter(({ call }) => call.step === 'cassandra.repair');
    expect(repairs.length).toBeGreaterThan(0);
    for (const { call } of repairs) expect(call.args).toMatchObject({ before: from + 10 * DAY_MS });
  });

  it('after an unclean end that nobody saw repairs from the last repair on, or asks', () => {
    const unclean = { ...RETURNED, 'outage/main@us-central1': away() };
    expect(refusal('failback', {}, unclean)).toMatch(/^outage-not-measured: /);
    const lately = { ...unclean, 'repaired/main@us-central1': repairedAt(NOW - DAY_MS) };
    expect(refusal('failback', {}, lately)).toContain('Full repair of shop from us-1');
    const longAgo = { ...unclean, 'repaired/main@us-central1': repairedAt(NOW - 11 * DAY_MS) };
    expect(refusal('failback', {}, longAgo)).toMatch(/^outage-not-measured: /);
  });

  it('takes no room that an entrance needs which does not lead to the returning region', () => {
    const estate = threeRegions({});
    const [entrance] = Object.values(estate.traffic);
    if (!entrance) throw new Error('no entrance in the example');
    const ab = { ...entrance, shares: { 'us-central1': 50, 'europe-west1': 50 } };
    const servers = { 'europe-west1': 'eu', 'asia-east1': 'asia' };
    const bc = { ...entrance, shares: { 'europe-west1': 50, 'asia-east1': 50 }, servers };
    const two = { ...estate, traffic: { ab, bc } };
    const lost = { setting: { shares: { 'europe-west1': 100, 'asia-east1': 0 }, drained: ['asia-east1'] }, down: [] };
    const seen = { ...RETURNED, 'shares/ab': DRAINED, 'health/items@asia-east1': null };
    const scaled = (bcNow: unknown): unknown[] =>
      planOf('failback', { region: 'us-central1' }, { ...seen, 'shares/bc': bcNow }, two)
        .core.entries.flatMap(stepsOf)
        .flatMap(({ id, call }) => (call.step === 'services.scale' ? [id] : []));
    expect(scaled(lost)).toEqual([]);
    expect(scaled(null)).toEqual([]);
    expect(scaled({ setting: { shares: bc.shares, drained: [] }, down: [] })).toEqual(['room/items@europe-west1']);
  });

  it('watches in every hold what keeps a share, too', () => {
    const watched = planOf('failback', {}, RETURNED).core.entries.flatMap((one) =>
      one.kind === 'hold'
        ? [one.samples.map(({ args }) => `${String(args['traffic'])}@${String(args['region'])}`).sort()]
        : [],
    );
    const returning = ['items@us-central1', 'items-auto@us-central1'];
    const before = ['items@europe-west1', 'items-auto@europe-west1', ...returning].sort();
    const after = ['items@europe-west1', ...returning].sort();
    expect(watched).toEqual([before, before, after, after]);
  });

  it('leaves another lost region drained, and takes no room from what serves for it', () => {
    const estate = threeRegions({ 'us-central1': 40, 'europe-west1': 40, 'asia-east1': 20 });
    const bothLost = {
      setting: {
        shares: { 'us-central1': 0, 'europe-west1': 100, 'asia-east1': 0 },
        drained: ['asia-east1', 'us-central1'],
      },
      down: [],
    };
    const seen = { ...RETURNED, 'shares/items': bothLost, 'shares/items-auto': bothLost };
    const { core } = planOf('failback', { region: 'us-central1' }, seen, estate);
    const steps = core.entries.flatMap(stepsOf);
    const last = steps.findLast(({ call }) => call.step === 'traffic.set')?.call.args['to'];
    expect(last).toEqual({
      shares: { 'us-central1': 40, 'europe-west1': 60, 'asia-east1': 0 },
      drained: ['asia-east1'],
    });
    expect(steps.filter(({ call }) => call.step === 'services.scale')).toEqual([]);
    expect(checkPlan(core)).toEqual([]);
  });

  it('takes what rounding loses or gains from the largest share, never from a region that has none', () => {
    const estate = threeRegions({ 'us-central1': 45, 'europe-west1': 45, 'asia-east1': 10 });
    const bothLost = {
      setting: {
        shares: { 'us-central1': 0, 'europe-west1': 0, 'asia-east1': 100 },
        drained: ['europe-west1', 'us-central1'],
      },
      down: [],
    };
    const seen = { ...RETURNED, 'shares/items': bothLost, 'shares/items-auto': bothLost };
    const { core } = planOf('failback', { region: 'europe-west1' }, seen, estate);
    const settings = core.entries
      .flatMap(stepsOf)
      .flatMap(({ call }) => (call.step === 'traffic.set' ? [TrafficSetting.parse(call.args['to'])] : []));
    expect(settings.map(({ shares }) => shares['us-central1'])).toEqual(settings.map(() => 0));
  });

  it('gives every region its normal share once none is lost any more', () => {
    const estate = threeRegions({ 'us-central1': 33, 'europe-west1': 33, 'asia-east1': 34 });
    const lost = {
      setting: { shares: { 'asia-east1': 34, 'us-central1': 0, 'europe-west1': 66 }, drained: ['us-central1'] },
      down: [],
    };
    const seen = { ...RETURNED, 'shares/items': lost, 'shares/items-auto': lost };
    const { core } = planOf('failback', {}, seen, estate);
    const settings = core.entries
      .flatMap(stepsOf)
      .flatMap(({ call }) => (call.step === 'traffic.set' ? [TrafficSetting.parse(call.args['to'])] : []));
    expect(settings.at(-1)).toEqual({ shares: estate.traffic['items']?.shares, drained: [] });
    for (const { shares } of settings) expect(Object.values(shares).reduce((a, b) => a + b, 0)).toBe(100);
  });

  it('looks for an outage in the middle of the repair before it readmits', () => {
    const { core } = planOf('failback', {}, RETURNED);
    const ids = core.entries.map(({ id }) => id);
    expect(ids.indexOf('repair/undisturbed/main')).toBe(ids.indexOf('repair') + 1);
    expect(ids.indexOf('repair/undisturbed/main')).toBeLessThan(ids.indexOf('readmit/items'));
  });

  it('refuses an incomplete ring, a silent region, an unmeasured outage, and nothing to bring back', () => {
    const down = { up: ['1', '2'], down: ['3'], silent: [], schemaAgreed: true, pendingHints: false };
    expect(refusal('failback', {}, { ...RETURNED, 'ring/main@us-central1': down })).toContain('ring-incomplete');
    expect(refusal('failback', {}, { ...RETURNED, 'ring/main@europe-west1': null })).toContain('ring-incomplete');
    expect(refusal('failback', {}, { ...RETURNED, 'health/items@us-central1': null })).toContain('region-not-back');
    expect(refusal('failback', {}, { ...RETURNED, 'outage/main@us-central1': null })).toContain('outage-not-measured');
    expect(refusal('failback', {}, {})).toContain('nothing-to-fail-back');
    expect(refusal('failback', { region: 'us-central1' }, { ...RETURNED, 'shares/items': null })).toBe(
      'no-load-balancer: How the load balancer of items is set could not be read: did not answer. ' +
        'If requests fail, start the load balancer; if they are answered, start the agent beside it ' +
        '(one that is frozen needs a restart). Or move the traffic by hand there. Nothing was changed.',
    );
  });
});

describe('the shares with a returning region', () => {
  it.each([
    ['two that serve, by their normal shares', { a: 20, b: 50, c: 30 }, { a: 0, b: 62, c: 38 }, [], [20, 50, 30]],
    ['one of two, as the other is drained', { a: 20, b: 50, c: 30 }, { a: 0, b: 100, c: 0 }, ['c'], [20, 80, 0]],
    ['what serves without a normal share', { a: 60, b: 40, c: 0 }, { a: 0, b: 0, c: 100 }, ['b'], [60, 0, 40]],
    ['thirds in whole percents', { a: 1, b: 33, c: 66 }, { a: 0, b: 50, c: 50 }, [], [1, 33, 66]],
    ['a standby that is to have nothing', { a: 0, b: 100, c: 0 }, { a: 0, b: 100, c: 0 }, [], [0, 100, 0]],
    ['nobody, where nothing else serves', { a: 20, b: 80 }, { a: 0, b: 0 }, ['b'], [100, 0]],
  ])('go to %s', (_, normal: Shares, was: Shares, drained, wanted) => {
    const shares = sharesWith('a', normal, was, drained);
    expect(['a', 'b', 'c'].flatMap((one) => shares[one] ?? [])).toEqual(wanted);
  });

  it('always sum to 100', () => {
    for (let b = 0; b <= 100; b += 7) {
      const shares = sharesWith('a', { a: 10, b: 30, c: 30, d: 30 }, { a: 0, b, c: 100 - b, d: 1 }, []);
      expect(Object.values(shares).reduce((sum, one) => sum + one, 0)).toBe(100);
    }
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
    const later = {
      ...LOST,
      'missing/main': { checked: 44, missing: 5, oldestMissingAt: NOW - 36_000, atLeast: false },
    };
    const [a, b] = [planOf('failover', FROM_US, LOST, estate), planOf('failover', FROM_US, later, estate)];
    expect(planHash(b.core)).toBe(planHash(a.core));
    expect(b.view.measures['loss']).not.toBe(a.view.measures['loss']);
  });
});
