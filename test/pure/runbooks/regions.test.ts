/**
 * Failure modes pinned: a dead region that is told as healthy or as nothing at all; a share that nobody read and that looks
 * like 0 %; a look that changes something.
 */
import { describe, expect, it } from '@jest/globals';
import { renderOverview } from '../../../cli/render/list.ts';
import { PLAIN } from '../../../cli/render/text.ts';
import type { RunSummary } from '../../../client/api.ts';
import { overviewOf } from '../../../client/overview.ts';
import { EMPTY_LEASE } from '../../../kernel/authority/lease.ts';
import { passing } from '../../../kernel/errors.ts';
import type { Evidence } from '../../../kernel/plan/evidence.ts';
import { healthText, trafficText, unwithheldText } from '../../../kernel/run/regions.ts';
import { regionProbes, regionsFrom } from '../../../runbooks/regions.ts';
import { overviewAnswer } from '../../../slackbot/blocks/answers.ts';
import { labEstate, STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

const estate = labEstate();
const read = (value: unknown): Evidence<unknown> => ({ ok: true, value, at: STARTED_AT, by: 'q' });
const DRAINED = { setting: { shares: { 'us-central1': 0, 'europe-west1': 100 }, drained: ['us-central1'] }, down: [] };
const SERVING = { healthy: true, why: 'serving', admitted: true, workers: 4, capacityPerWorker: 50 };
const EVIDENCE = {
  'shares/items': read(DRAINED),
  'health/items@europe-west1': read(SERVING),
  'health/items@us-central1': { ok: false, reason: 'no answer', at: STARTED_AT } as const,
};

describe('how the regions stand', () => {
  it('is read, and nothing is changed by looking', () => {
    const probes = Object.entries(regionProbes(estate));
    expect(probes.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(EVIDENCE)));
    for (const [, call] of probes) expect(call).toMatchObject({ effect: 'read', scope: null });
  });

  it('tells a drained region, one that is silent, and a share that nobody read', () => {
    const { at, regions } = regionsFrom(estate, EVIDENCE, STARTED_AT);
    expect(at).toBe(STARTED_AT);
    expect(regions.map((one) => [one.region, trafficText(one), healthText(one)])).toEqual([
      ['us-central1', 'items 0 % (drained); items-auto not known', 'items does not answer'],
      ['europe-west1', 'items 100 %; items-auto not known', 'items healthy'],
    ]);
  });
});

describe('a bare status', () => {
  const run = (name: string, status: RunSummary['status'], startedAt: number): RunSummary => ({
    run: `failover/lab/${name}`,
    runbook: 'failover',
    mode: 'live',
    requester: 'ada',
    status,
    phase: 'Shift to europe-west1',
    startedAt,
    closed: false,
  });
  const runs = [
    run('runs', 'running', STARTED_AT + 3),
    run('gates', 'gate', STARTED_AT + 2),
    run('asks', 'question', STARTED_AT + 4),
  ];
  const lifeboat = {
    lease: async () => EMPTY_LEASE,
    list: async () => runs,
    regions: async () => regionsFrom(estate, EVIDENCE, STARTED_AT),
  };
  const ORDER = ['us-central1', '(drained)', 'does not answer', 'lab/asks', 'lab/gates', 'lab/runs', 'help'];
  const inOrder = (text: string) => {
    const places = ORDER.map((one) => text.indexOf(one));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  };
  const sheet = { width: 200, paint: PLAIN, now: STARTED_AT, nameOf: (one: string) => one };

  it('begins with the regions, then what waits for people, then what is open; the help comes last', async () => {
    const overview = await overviewOf(lifeboat);
    const text = renderOverview(overview, sheet);
    inOrder(text);
    expect(text).toContain('question: asks what to do, Shift to europe-west1\n    lifeboat status failover/lab/asks');
    expect(text).toContain('lifeboat approve failover/lab/gates');
    inOrder(JSON.stringify(overviewAnswer(overview, sampleScene().people).blocks));
  });

  describe('of a cluster whose repair was never done', () => {
    const HOUR_MS = 3_600_000;
    const away = { firstFailureAt: STARTED_AT - 9 * HOUR_MS, answeredAgainAt: STARTED_AT - 2 * HOUR_MS, node: null };
    const outage = (remembered: readonly object[]) =>
      read({ firstFailureAt: null, answeredAgainAt: null, remembered, unwatched: null });
    const repairedAt = (since: number) =>
      read({ keyspaces: Object.fromEntries(['shop', 'lifeboat'].map((one) => [one, { since, tookMs: HOUR_MS }])) });
    const owing = {
      ...EVIDENCE,
      'outage/main@us-central1': outage([away]),
      'outage/main@europe-west1': outage([]),
      'repaired/main@europe-west1': repairedAt(STARTED_AT - 20 * HOUR_MS),
    };
    const told = async (evidence: Parameters<typeof regionsFrom>[1]) => {
      const regions = async () => regionsFrom(estate, evidence, STARTED_AT);
      const overview = await overviewOf({ ...lifeboat, regions });
      const slack = JSON.stringify(overviewAnswer(overview, sampleScene().people).blocks);
      return [renderOverview(overview, { ...sheet, width: 1_000 }), slack] as const;
    };

    it('tells that it is owed, since when, and the command that does it', async () => {
      const [text, slack] = await told(owing);
      for (const one of [text, slack])
        expect(one).toMatch(/a repair is OWED: us-central1 may miss writes since 2026-01-14 18:00 UTC/);
      expect(text).toContain('lifeboat run failback region=us-central1');
      expect(slack).toContain('/lifeboat run failback region=us-central1');
      expect(text.indexOf('OWED')).toBeLessThan(text.indexOf('Waits for people'));
    });

    it('tells nothing more once the record of the cluster itself shows it done', async () => {
      const done = { ...owing, 'repaired/main@europe-west1': repairedAt(STARTED_AT - HOUR_MS) };
      for (const one of await told(done)) expect(one).not.toContain('Repairs');
    });

    it('tells that it is not known where no canary answers', async () => {
      const silent = { ok: false, reason: 'no answer', at: STARTED_AT } as const;
      const blind = { ...owing, 'outage/main@us-central1': silent, 'outage/main@europe-west1': silent };
      for (const one of await told(blind)) expect(one).toContain('whether a repair is owed is not known');
    });
  });

  it('says above all which control workers stand aside', async () => {
    const worker = { worker: 'control/7@eu', digest: 'd'.repeat(64), generation: 3, at: Date.now() };
    const ruling = { worker: 'control/1@us', digest: 'e'.repeat(64), generation: 4, since: 0 };
    const overview = await overviewOf({
      ...lifeboat,
      lease: async () => ({ ...EMPTY_LEASE, ruling, aside: [worker] }),
    });
    expect(overview.aside).toEqual([expect.stringContaining('control/7@eu')]);
    expect(renderOverview(overview, sheet).split('\n')[0]).toContain('control/7@eu');
    expect(JSON.stringify(overviewAnswer(overview, sampleScene().people).blocks[0])).toContain('control/7@eu');
  });

  it('tells the runs also where the regions cannot be read', async () => {
    const regions = async () => {
      throw passing('no-worker', 'No control worker polls.', 'look', 'Start it.');
    };
    const overview = await overviewOf({ ...lifeboat, regions });
    expect(renderOverview(overview, sheet)).toContain('not known: No control worker polls.');
    expect(overview.waiting).toHaveLength(2);
  });
});

describe('a region that is drained and calls itself healthy', () => {
  const state = (drained: boolean, health: 'healthy' | 'unhealthy') => ({
    region: 'us',
    services: [{ service: 'items', health, why: '' }],
    traffic: [{ traffic: 'items', share: 0, drained, down: false }],
  });

  // A withholding that was owed was told by no status: somebody could undrain it by hand.
  it('is told with what withholds it, and no other', () => {
    expect(unwithheldText(state(true, 'healthy'), 'lifeboat ')).toContain('`lifeboat run failover from=us`');
    expect(unwithheldText(state(true, 'unhealthy'), '')).toBeUndefined();
    expect(unwithheldText(state(false, 'healthy'), '')).toBeUndefined();
  });
});
