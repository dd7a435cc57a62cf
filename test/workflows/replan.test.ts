/**
 * Failure modes pinned: a plan that was approved on one estate is carried out on another; a gate that keeps being
 * re-planned though nothing changed; a region that dies half-way leaves the run without a way on.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bound } from '../../kernel/plan/plan.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import type { Runbook } from '../../runbooks/runbook.ts';
import { cutRegion, killRegion, restoreRegion } from '../memory-estate/faults.ts';
import { writeRows } from '../memory-estate/systems/cassandra/rows.ts';
import { before, failingControl } from './harness/disturb.ts';
import { type Harness, oneEntrance, type Running, type Stage, type StageOptions, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const REPROBE_MS = 5_500;
const count = ({ timeline }: RunView, kind: string): number => timeline.filter((item) => item.kind === kind).length;

describe('while a gate is open', () => {
  it('an estate that does not change is planned once, and its evidence stays approvable', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    const early = await running.signed('approve', 'ben');
    const seen = (await running.plan()).evidence['shares/items']?.at ?? 0;
    await harness.environment.sleep('1m');
    const view = await running.state();
    expect([count(view, 'planned'), count(view, 'replanned'), view.attempt]).toEqual([1, 0, 1]);
    expect((await running.plan()).evidence['shares/items']?.at).toBeGreaterThan(seen + 50_000);
    expect((await running.send(early)).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('a region that dies makes a new plan, which says what differs; the old approval is stale', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    const old = await running.signed('approve', 'ben');
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    const view = await harness.until(running, ({ attempt }) => attempt === 2, REPROBE_MS);
    expect(view.difference).toContain(
      'No longer: Let items in us-central1 report itself unhealthy until it is readmitted.',
    );
    expect(view.difference).toContain(
      'New: Let items in us-central1 report itself unhealthy until it is readmitted, if it answers by then.',
    );
    expect((await running.send(old)).refused).toBe('stale');
    await harness.reaches(running, 'gate');
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    // At once: one shift, not a ladder.
    expect(stage.world.effects.map(({ say }) => say)).toEqual([
      'items in europe-west1: 5 workers',
      'items: us-central1 0 % (drained), europe-west1 100 %',
    ]);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('a region that flaps makes no new plan: an approval outlives three flaps, and passes when it is back', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    const early = await running.signed('approve', 'ben');
    let flapped = 0;
    stage.around = before(
      ({ stepId }) => stepId === 'probe:here/items',
      () => {
        if (stage.world.regions.get('us-central1') === 'cut') flapped += 1;
      },
    );
    for (const _ of [1, 2, 3]) {
      cutRegion(stage.world, 'us-central1', await harness.now());
      await harness.environment.sleep('5200ms');
      restoreRegion(stage.world, 'us-central1', await harness.now());
      await harness.environment.sleep('5200ms');
    }
    expect(flapped).toBeGreaterThanOrEqual(3);
    const view = await running.state();
    expect([count(view, 'replanned'), view.attempt, view.status]).toEqual([0, 1, 'gate']);
    expect((await running.send(early)).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  // What was read as dead is not kept while it is not known whether it lasts: older evidence once passed in its place.
  it('an approval just after a reading that gave another plan does not pass on what was read before', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    const early = await running.signed('approve', 'ben');
    let read = 0;
    stage.around = before(
      ({ stepId }) => stepId === 'probe:here/items',
      () => {
        if (stage.world.regions.get('us-central1') === 'dead') read += 1;
      },
    );
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    while (read === 0) await harness.environment.sleep('250ms');
    expect((await running.send(early)).refused).toBeUndefined();
    expect((await harness.until(running, ({ attempt }) => attempt === 2, 500)).status).not.toBe('done');
    expect(stage.world.effects).toEqual([]);
    expect((await running.plan()).plan?.view.headline).toContain('at once');
    await running.abort('ada');
    await harness.ends(running);
  }, 30_000);

  it('a plan that people pinned as ungraceful is the same whether the region answers or not', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage, { input: { from: 'us-central1', ungraceful: true } });
    const { planHash } = await running.plan();
    for (const happens of [cutRegion, restoreRegion, killRegion]) {
      happens(stage.world, 'us-central1', await harness.now());
      await harness.environment.sleep('20s');
      expect((await running.plan()).planHash).toBe(planHash);
    }
    stage.watch.renew();
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'done', attempt: 1 });
    expect(view.timeline).toContainEqual(expect.objectContaining({ id: 'owed/items', outcome: 'owed' }));
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('a repeated refusal of the planner is no change, and passes when its reason has passed', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    killRegion(stage.world, 'europe-west1', await harness.now());
    const troubled = await harness.until(running, ({ trouble }) => trouble !== null, REPROBE_MS);
    expect(troubled.trouble?.type).toBe('dead-target');
    await harness.environment.sleep('1m');
    const later = await running.state();
    expect(later.timeline).toHaveLength(troubled.timeline.length);
    restoreRegion(stage.world, 'europe-west1', await harness.now());
    const service = stage.world.services.get('items@europe-west1');
    if (service) service.admission = 'admitted';
    await harness.until(running, ({ trouble }) => trouble === null, REPROBE_MS);
    stage.watch.renew();
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('nothing can be approved that the planner refuses by now', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    killRegion(stage.world, 'europe-west1', await harness.now());
    await harness.until(running, ({ trouble }) => trouble !== null, REPROBE_MS);
    const answer = await running.decide('approve', 'ben');
    expect(answer.refused).toBe('trouble');
    expect(answer.say).toContain('items in europe-west1 is not fit to serve');
    // What is shown is what is known now, not what the plan was made from.
    expect((await running.plan()).evidence['there/items']?.ok).toBe(false);
    await harness.environment.sleep('10s');
    expect((await running.state()).status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('an estate file that changed is planned again and must be approved again', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    const old = await running.signed('approve', 'ben');
    const changed = { ...stage.estate, holds: { ...stage.estate.holds, step: { every: 1_000, for: 9_000 } } };
    stage.control = changed;
    stage.digests.control = hashOf(changed);
    stage.digests.agents = hashOf(changed);
    const view = await harness.until(running, ({ attempt }) => attempt === 2, REPROBE_MS);
    expect(view.difference).toContain('The estate file changed.');
    expect((await running.send(old)).refused).toBe('stale');
    await harness.reaches(running, 'gate');
    await running.decide('approve', 'ben');
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);
});

/** A run at its gate whose evidence is over 10 s old before the gate reads it again: planning and the lease took 6 s. */
async function withOldEvidence(
  options: StageOptions = {},
  prepare: (stage: Stage) => Promise<void> = async () => undefined,
): Promise<{ stage: Stage; running: Running }> {
  const stage = harness.stage({ change: oneEntrance, ...options });
  await prepare(stage);
  stage.around = failingControl(['run.plan', 'lease.acquire'], 4);
  const running = await harness.start(stage);
  await harness.reaches(running, 'gate', 250);
  await harness.environment.sleep('4400ms');
  return { stage, running };
}

/** The failover's own bound follows what was measured, and so makes a new plan; this one stays where it is. */
const FIXED_BOUND: readonly Runbook[] = RUNBOOKS.map((one) => ({
  ...one,
  plan(context) {
    const { core, view } = one.plan(context);
    const bounds: Bound[] = [{ measure: 'loss', atMost: 60_000, unit: 'ms' }];
    const entries = core.entries.map((entry) => (entry.kind === 'gate' ? { ...entry, bounds } : entry));
    return { core: { ...core, entries }, view };
  },
}));

describe('between the approval and the first step', () => {
  it('a region that died since is not moved on the old approval', async () => {
    const { stage, running } = await withOldEvidence();
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    await harness.environment.sleep('4s');
    expect(await running.state()).toMatchObject({ attempt: 1, status: 'gate' });
    const view = await harness.until(running, ({ attempt }) => attempt === 2, 1_000);
    expect(view.timeline.map(({ say }) => say)).toContainEqual(
      expect.stringContaining('Planned again: between approval and start the estate changed'),
    );
    await harness.environment.sleep('10s');
    expect((await running.state()).status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('a region that answers again at once is moved on that approval, and on no reading that gave another plan', async () => {
    const { stage, running } = await withOldEvidence();
    cutRegion(stage.world, 'us-central1', await harness.now());
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    await harness.environment.sleep('3s');
    expect(await running.state()).toMatchObject({ attempt: 1, status: 'gate', touched: false });
    restoreRegion(stage.world, 'us-central1', await harness.now());
    expect(await harness.ends(running)).toMatchObject({ status: 'done', attempt: 1 });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('a target that died since voids the approvals', async () => {
    const { stage, running } = await withOldEvidence();
    killRegion(stage.world, 'europe-west1', await harness.now());
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    const view = await harness.until(running, ({ trouble }) => trouble !== null);
    expect(view.timeline.at(-1)?.say).toContain('The approvals do not count any more: the planner refuses now');
    await harness.environment.sleep('10s');
    expect((await running.state()).status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('nothing is read again that is fresh', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    let probed = 0;
    stage.around = before(
      ({ stepId }) => stepId.startsWith('probe:'),
      () => {
        probed += 1;
      },
    );
    await running.decide('approve', 'ben');
    await harness.until(running, ({ status }) => status !== 'gate');
    expect(probed).toBe(0);
  }, 30_000);

  it('an estate file that changed since is planned again', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    stage.control = { ...stage.estate, holds: { ...stage.estate.holds, step: { every: 1_000, for: 9_000 } } };
    stage.digests.control = hashOf(stage.control);
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    const view = await harness.until(running, ({ attempt }) => attempt === 2);
    expect(view.difference).toContain('The estate file changed.');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('a bound that was broken since voids the approvals of the same plan, each time, until it holds again', async () => {
    let faultAt = 0;
    const lose = (stage: Stage, beforeMs: number): void => {
      const at = faultAt - beforeMs;
      writeRows(stage.world, { region: 'us-central1', keyspace: 'lifeboat', count: 1, at, unreplicated: 1 });
    };
    const { stage, running } = await withOldEvidence({ runbooks: FIXED_BOUND }, async (one) => {
      faultAt = await harness.now();
      lose(one, 20_000);
      killRegion(one.world, 'us-central1', faultAt);
      one.watch.renew();
    });
    const shown = await running.plan();
    expect(shown.plan?.view.measures['loss']).toBe(20_000);
    lose(stage, 90_000);
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    const voided = await harness.until(running, ({ attempt }) => attempt === 2);
    expect(voided).toMatchObject({ status: 'gate', planHash: shown.planHash, touched: false });
    expect(voided.timeline.at(-1)?.say).toContain('The approvals do not count any more: out of bounds: loss');
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    await harness.until(running, ({ attempt }) => attempt === 3);
    expect(stage.world.effects).toEqual([]);
    for (const row of stage.world.rows) row.on.add('europe-west1');
    await harness.until(running, ({ evidence }) => (evidence['missing/main']?.at ?? 0) > faultAt + 20_000, REPROBE_MS);
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('a loss that grew over the bound voids the approvals', async () => {
    const stage = harness.stage({ change: oneEntrance, seed: 3 });
    const { world } = stage;
    const faultAt = await harness.now();
    writeRows(world, { region: 'us-central1', keyspace: 'lifeboat', count: 4, at: faultAt - 20_000, unreplicated: 1 });
    killRegion(world, 'us-central1', faultAt);
    const running = await harness.atGate(stage);
    const shown = (await running.plan()).plan;
    expect(shown?.view.measures['loss']).toBe(20_000);
    const old = await running.signed('approve', 'ben');
    writeRows(world, { region: 'us-central1', keyspace: 'lifeboat', count: 1, at: faultAt - 90_000, unreplicated: 1 });
    const view = await harness.until(running, ({ attempt }) => attempt > 1, REPROBE_MS);
    expect(view.attempt).toBe(2);
    expect((await running.send(old)).refused).toBe('stale');
    expect((await running.plan()).plan?.view.measures['loss']).toBe(90_000);
    expect(world.effects).toEqual([]);
  }, 30_000);
});

describe('a graceful failover whose region dies half-way', () => {
  it('asks, plans the rest anew as ungraceful, is approved again and ends well', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 500);
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.entry).toBe('withhold/items');
    await running.decide('resolve', 'ada', { choice: 'replan' });
    const again = await harness.reaches(running, 'gate', 500);
    expect(again.attempt).toBe(2);
    expect(again.undo.filter(({ state }) => state === 'pending')).not.toEqual([]);
    const { plan } = await running.plan();
    expect(plan?.view.headline).toBe('Withhold us-central1; its traffic is at europe-west1 already');
    expect(plan?.view.leftOut.map(({ what }) => what)).toContain('Withholding items in us-central1');
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.traffic.get('items')).toEqual({
      shares: { 'us-central1': 0, 'europe-west1': 100 },
      drained: ['us-central1'],
    });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('asks again when planning the rest is refused, and can be aborted from there', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-100', 500);
    killRegion(stage.world, 'us-central1', await harness.now());
    killRegion(stage.world, 'europe-west1', await harness.now());
    stage.watch.renew();
    await harness.reaches(running, 'question', 500);
    await running.decide('resolve', 'ada', { choice: 'replan' });
    const asked = await harness.until(running, ({ question }) => question?.say === 'Planning again was refused.', 500);
    expect(asked.question?.error.type).toBe('no-region-lives');
    await running.decide('resolve', 'ada', { choice: 'abort' });
    const view = await harness.ends(running);
    expect(view.status).toBe('aborted');
    expect(view.undo.find(({ stepId }) => stepId === 'shift/100/items')?.state).toBe('must-not');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('rejected on its new plan, it takes back what the first attempt did', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    stage.world.errorRates.set('europe-west1', 0.5);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.entry).toBe('shift/watch-10');
    stage.world.errorRates.clear();
    await running.decide('resolve', 'ada', { choice: 'replan' });
    await harness.reaches(running, 'gate', 500);
    await running.decide('reject', 'ben', { reason: 'not today' });
    const view = await harness.ends(running);
    expect(view.status).toBe('rejected');
    expect(stage.world.services.get('items@europe-west1')?.workers).toBe(4);
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 50, 'europe-west1': 50 });
  }, 30_000);
});
