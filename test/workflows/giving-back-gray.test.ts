/**
 * Giving back what a gray destination fails, and what comes after. Failure modes pinned: an abort sends users back to the
 * region that was given up; one that comes too early takes nothing back; a refusal leaves no other answer.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { afterFailover } from '../matrix/scenario.ts';
import { cutRegion, killRegion, restoreRegion } from '../memory-estate/faults.ts';
import { failing } from './harness/disturb.ts';
import { asksIn, givesBack } from './harness/giving-back.ts';
import { type Harness, oneEntrance, type Stage, startHarness } from './harness.ts';

const US = 'us-central1';
const EU = 'europe-west1';
const LOOK_MS = 500;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const sharesIn = (stage: Stage) => stage.world.traffic.get('items');
const admission = (stage: Stage, region: string) => stage.world.services.get(`items@${region}`)?.admission;

const gray = (rate: number) => (stage: Stage) => void stage.world.errorRates.set(EU, rate);

describe('a destination whose health page is fine while its users fail', () => {
  it.each([
    ['shift/watch-50', 0.4],
    ['commit', 0.4],
    ['shift/watch-50', 0.05],
    ['commit', 0.05],
  ])(
    'in %s with an error rate of %d is left at once',
    async (hold, rate) => {
      const { stage, running } = await asksIn(harness, hold, gray(rate));
      await givesBack(harness, running);
      const { plan } = await running.plan();
      expect(plan?.view.headline).toBe(`Move all traffic from ${EU} to ${US}, at once`);
      expect(plan?.core.blockers).toEqual([]);
      await running.decide('approve', 'ben');
      expect((await harness.ends(running)).status).toBe('done');
      expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
      expect(admission(stage, US)).toBe('admitted');
      expect(stage.watch.broken).toEqual([]);
    },
    30_000,
  );

  it.each(['shift/watch-50', 'commit'])(
    'in %s is not gone back to by an abort after the shift',
    async (hold) => {
      const { stage, running } = await asksIn(harness, hold, gray(0.4));
      await givesBack(harness, running);
      await running.decide('approve', 'ben');
      await harness.until(running, (view) => view.hold?.id === 'commit', LOOK_MS);
      await running.abort('ada');
      expect((await harness.ends(running)).status).toBe('aborted');
      expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
      expect(admission(stage, US)).toBe('admitted');
      expect(stage.watch.broken).toEqual([]);
    },
    30_000,
  );
});

describe('a destination that was cut off and is there again', () => {
  it('is not gone back to by an abort after the shift', async () => {
    const { stage, running } = await asksIn(harness, 'commit', async ({ world }) =>
      cutRegion(world, EU, await harness.now()),
    );
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    await harness.until(running, (view) => view.hold?.id === 'commit', LOOK_MS);
    restoreRegion(stage.world, EU, await harness.now());
    await running.abort('ada');
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
    expect(admission(stage, US)).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('an abort of a way back that has moved nothing yet', () => {
  it('takes back what was begun before, so that not all stays on the dead region', async () => {
    const { stage, running } = await asksIn(harness, 'commit', async ({ world }) =>
      killRegion(world, EU, await harness.now()),
    );
    await givesBack(harness, running);
    let refused = 0;
    stage.around = failing(({ stepId, direction }) => {
      const mine = stepId === 'shift/100/items' && direction === 'do';
      refused += mine ? 1 : 0;
      return mine;
    });
    await running.decide('approve', 'ben');
    const asked = await harness.reaches(running, 'question', LOOK_MS);
    expect(asked.question?.entry).toBe('shift/100/items');
    expect(refused).toBeGreaterThan(0);
    await running.decide('resolve', 'ada', { choice: 'abort' });
    await harness.until(running, ({ status }) => status === 'aborted' || status === 'question', LOOK_MS);
    expect(admission(stage, US)).toBe('admitted');
    expect(sharesIn(stage)?.shares[US]).toBeGreaterThanOrEqual(50);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('a way back that is refused', () => {
  it('leaves the question open with every answer that it had', async () => {
    const { stage, running } = await asksIn(harness, 'commit', async ({ world }) => {
      killRegion(world, EU, await harness.now());
      killRegion(world, US, await harness.now());
    });
    const before = (await running.state()).question;
    await running.decide('resolve', 'ada', { choice: 'give-back' });
    const asked = await harness.until(running, ({ question }) => (question?.id ?? before?.id) !== before?.id, LOOK_MS);
    expect(asked.question).toMatchObject({
      entry: 'commit',
      choices: before?.choices,
      error: { type: 'no-region-lives' },
    });
    expect(asked.instead).toBeNull();
    // One of them is started again: what was refused is done.
    stage.world.regions.set(EU, 'up');
    restoreRegion(stage.world, EU, await harness.now());
    const service = stage.world.services.get(`items@${EU}`);
    if (service) service.admission = 'admitted';
    stage.watch.renew();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('is offered where a plain replan was refused, too', async () => {
    const { stage, running } = await asksIn(harness, 'commit', async ({ world }) =>
      killRegion(world, EU, await harness.now()),
    );
    const before = (await running.state()).question?.id;
    await running.decide('resolve', 'ada', { choice: 'replan' });
    const asked = await harness.until(running, ({ question }) => (question?.id ?? before) !== before, LOOK_MS);
    expect(asked.question?.choices).toContain('give-back');
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    expect((await harness.ends(running)).status).toBe('done');
    expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
  }, 30_000);
});

describe('the region that all was given back to', () => {
  it('dies as well: all goes to the other where that lives again, by one answer more', async () => {
    const { stage, running } = await asksIn(harness, 'commit', async ({ world }) =>
      cutRegion(world, EU, await harness.now()),
    );
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    await harness.until(running, (view) => view.hold?.id === 'commit', LOOK_MS);
    restoreRegion(stage.world, EU, await harness.now());
    killRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    const asked = await harness.reaches(running, 'question', LOOK_MS);
    expect(asked.question).toMatchObject({ wayBack: `Give everything back to ${EU}` });
    await running.decide('resolve', 'ada', { choice: 'give-back' });
    await harness.until(running, ({ status, attempt }) => status === 'gate' && attempt === 3, LOOK_MS);
    // It was away and was not repaired: more people, and the rule is overridden by name.
    const { plan } = await running.plan();
    expect(plan?.core.blockers.map(({ rule }) => rule)).toEqual(['stale-destination']);
    for (const person of ['ben', 'cho'] as const) await running.decide('approve', person);
    await running.decide('approve', 'ada', { override: 'stale-destination', reason: 'it is all that lives' });
    expect((await harness.ends(running)).status).toBe('done');
    expect(sharesIn(stage)).toEqual({ shares: { [US]: 0, [EU]: 100 }, drained: [US] });
    expect(stage.watch.broken).toEqual([]);
  }, 40_000);
});

describe('a region that dies on its way back', () => {
  it.each(['shift/watch-10', 'shift/watch-100', 'commit'])(
    'in %s is left by one answer and one approval',
    async (hold) => {
      const stage = harness.stage({ change: oneEntrance });
      afterFailover(stage.world, await harness.now());
      stage.watch.renew();
      const running = await harness.approved(stage, { runbook: 'failback', input: {} });
      await harness.until(running, (view) => view.hold?.id === hold, LOOK_MS);
      killRegion(stage.world, US, await harness.now());
      stage.watch.renew();
      await harness.reaches(running, 'question', LOOK_MS);
      await givesBack(harness, running);
      await running.decide('approve', 'ben');
      const ended = await harness.ends(running);
      expect(ended.decisions.map(({ decision: { kind } }) => kind)).toEqual(['approve', 'resolve', 'approve']);
      expect(sharesIn(stage)).toEqual({ shares: { [US]: 0, [EU]: 100 }, drained: [US] });
      expect(stage.watch.broken).toEqual([]);
    },
    30_000,
  );
});

describe('the question of a hold whose health is bad', () => {
  it('says where the traffic is then, and what to answer', async () => {
    const { running: ladder } = await asksIn(harness, 'shift/watch-50', gray(0.4));
    const taken = (await ladder.state()).question?.error.mend;
    expect(taken).toContain(`Set items to ${US} 45 %, ${EU} 55 %`);
    expect(taken).toContain(`Give everything back to ${US}`);
    await ladder.abort('ada');
    const { running: commit } = await asksIn(harness, 'commit', gray(0.4));
    expect((await commit.state()).question?.error.mend).toContain(`Set items to ${US} 0 % (drained), ${EU} 100 %`);
    await commit.abort('ada');
  }, 40_000);
});
