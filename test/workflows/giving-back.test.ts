/**
 * The destination dies on the way. Failure modes pinned: people need four decisions until all is safe; what was begun towards
 * the dead region is gone back to; the region that was withheld last stays so while nothing else serves.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { afterFailover } from '../matrix/scenario.ts';
import { killRegion } from '../memory-estate/faults.ts';
import { failing } from './harness/disturb.ts';
import { asksIn, givesBack } from './harness/giving-back.ts';
import { busy, type Harness, oneEntrance, type Running, type Stage, startHarness } from './harness.ts';

const US = 'us-central1';
const EU = 'europe-west1';
const FAIRLY_MANY_LOOKS = 500;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const sharesIn = (stage: Stage) => stage.world.traffic.get('items');
const admission = (stage: Stage, region: string) => stage.world.services.get(`items@${region}`)?.admission;

/** A graceful failover whose destination dies in the given hold; it has asked. */
async function dies(hold: string): Promise<{ stage: Stage; running: Running }> {
  const { stage, running, asked } = await asksIn(harness, hold, async ({ world }) =>
    killRegion(world, EU, await harness.now()),
  );
  expect(asked.question).toMatchObject({ wayBack: `Give everything back to ${US}` });
  expect(asked.question?.choices).toContain('give-back');
  return { stage, running };
}

describe('a destination that dies in the ladder', () => {
  it.each(['shift/watch-10', 'shift/watch-50', 'shift/watch-100', 'commit'])(
    'in %s is left by one answer and one approval',
    async (hold) => {
      const { stage, running } = await dies(hold);
      await givesBack(harness, running);
      const { plan } = await running.plan();
      expect(plan?.view.headline).toBe(`Move all traffic from ${EU} to ${US}, at once`);
      expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
      const ended = await harness.ends(running);
      expect(ended).toMatchObject({ status: 'done', attempt: 2 });
      expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
      expect(admission(stage, US)).toBe('admitted');
      expect(ended.decisions.map(({ decision: { kind } }) => kind)).toEqual(['approve', 'resolve', 'approve']);
      expect(stage.watch.broken).toEqual([]);
    },
    30_000,
  );

  it('is not gone back to by an abort after the approval', async () => {
    const { stage, running } = await dies('commit');
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    await harness.until(running, ({ hold }) => hold?.id === 'commit', FAIRLY_MANY_LOOKS);
    await running.abort('ada');
    const ended = await harness.ends(running);
    expect(sharesIn(stage)).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
    expect(admission(stage, US)).toBe('admitted');
    expect(ended.undo.find(({ attempt, stepId }) => attempt === 2 && stepId === 'shift/100/items')).toMatchObject({
      state: 'must-not',
      because: `the run went another way: Give everything back to ${US}`,
    });
    const before = ended.undo.filter(({ attempt }) => attempt === 1);
    expect(before.length).toBeGreaterThan(0);
    for (const one of before) expect(one).toMatchObject({ state: 'must-not' });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is taken back as ever where the way back is not approved', async () => {
    const { stage, running } = await dies('shift/watch-50');
    await givesBack(harness, running);
    await running.decide('reject', 'ben', { reason: 'we look first' });
    // The room in the dead region cannot be taken back, and holds nothing up.
    expect((await harness.reaches(running, 'question', FAIRLY_MANY_LOOKS)).question?.entry).toBe('room/items');
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'it is dead' });
    expect((await harness.ends(running)).status).toBe('rejected');
    expect(sharesIn(stage)?.shares[US]).toBeGreaterThanOrEqual(50);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('can be given back again, when the region that it came from dies next and the other is there again', async () => {
    const { running } = await dies('shift/watch-100');
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    const back = await harness.until(running, ({ hold }) => hold?.id === 'commit', FAIRLY_MANY_LOOKS);
    expect(back.instead).toMatchObject({ runbook: 'failover', input: { from: EU, to: US } });
    const { plan } = await running.plan();
    expect(plan?.core.wayBack).toMatchObject({ input: { from: US, to: EU } });
    await running.abort('ada');
    await harness.ends(running);
  }, 30_000);
});

describe('a region that dies on its way back', () => {
  it('gives everything to the one that served', async () => {
    const stage = harness.stage({ change: oneEntrance });
    afterFailover(stage.world, await harness.now());
    stage.watch.renew();
    const running = await harness.approved(stage, { runbook: 'failback', input: {} });
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', FAIRLY_MANY_LOOKS);
    killRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    const asked = await harness.reaches(running, 'question', FAIRLY_MANY_LOOKS);
    expect(asked.question).toMatchObject({ wayBack: `Give everything back to ${EU}` });
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    expect((await harness.ends(running)).status).toBe('done');
    expect(sharesIn(stage)).toEqual({ shares: { [US]: 0, [EU]: 100 }, drained: [US] });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('a failure before any traffic was moved', () => {
  it('has nothing to give back', async () => {
    const stage = harness.stage({ change: (estate) => oneEntrance(busy(estate)) });
    stage.around = failing(({ name, direction }) => name === 'services.scale' && direction === 'do');
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', FAIRLY_MANY_LOOKS);
    expect(asked.question?.choices).toEqual(['retry', 'skip', 'replan', 'abort']);
    expect(asked.question).not.toHaveProperty('wayBack');
    await running.abort('ada');
    await harness.ends(running);
  }, 30_000);
});
