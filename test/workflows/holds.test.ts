/**
 * Failure modes pinned: a shift goes on to a region that is failing requests; a hold that fails takes back more, or less,
 * than the step before it; a single bad sample ends a good shift.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal } from '../../kernel/errors.ts';
import { killRegion } from '../memory-estate/faults.ts';
import { failing, stepCallOf } from './harness/disturb.ts';
import { type Harness, oneEntrance, type Stage, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

describe('a hold whose health is bad', () => {
  it('takes back the shift before it, asks, and does it again on retry', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    stage.world.errorRates.set('europe-west1', 0.2);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({
      entry: 'shift/watch-50',
      choices: ['retry', 'replan', 'give-back', 'abort'],
    });
    expect(asked.question?.error.message).toContain('20 %');
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 45, 'europe-west1': 55 });
    stage.world.errorRates.clear();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    const shifts = stage.world.effects.filter(({ say }) => say.startsWith('items: '));
    expect(shifts.map(({ stepId, direction }) => `${direction} ${stepId}`)).toEqual([
      'do shift/10/items',
      'do shift/50/items',
      'undo shift/50/items',
      'do shift/50/items',
      'do shift/100/items',
    ]);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('takes back a shift that was tried twice, and its late first try changes nothing', async () => {
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let calls = 0;
    const zombies: Promise<unknown>[] = [];
    const here = ({ stepId, direction }: { stepId: string; direction: string }): boolean =>
      stepId === 'shift/50/items' && direction === 'do';
    const stage = harness.stage({
      change: oneEntrance,
      fault: {
        act: (_, effect) => effect(),
        beforeLock: async (context) => (here(context) && calls === 1 ? asleep : undefined),
      },
      around: async (call, next) => {
        const step = stepCallOf(call);
        if (!step || !here(step)) return next(call.input);
        calls += 1;
        if (calls > 1) return next(call.input);
        zombies.push(next(call.input).catch((error: unknown) => (error as { type?: string }).type));
        throw new Error('given up on, but still on its way');
      },
    });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    stage.world.errorRates.set('europe-west1', 0.2);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.entry).toBe('shift/watch-50');
    wake();
    expect(await Promise.all(zombies)).toEqual(['fenced-off']);
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 45, 'europe-west1': 55 });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('takes back every load balancer of that shift', async () => {
    const stage = harness.stage();
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    stage.world.errorRates.set('europe-west1', 0.2);
    await harness.reaches(running, 'question', 500);
    const shares = (name: string): unknown => stage.world.traffic.get(name)?.shares;
    expect(shares('items')).toEqual({ 'us-central1': 45, 'europe-west1': 55 });
    expect(shares('items-auto')).toEqual({ 'us-central1': 90, 'europe-west1': 10 });
    await running.decide('resolve', 'ada', { choice: 'abort' });
    expect((await harness.ends(running)).status).toBe('aborted');
    for (const [name, entry] of Object.entries(stage.estate.traffic)) expect(shares(name)).toEqual(entry.shares);
  }, 30_000);

  it('says that the shift stays where taking it back would do harm, and lets people decide', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    stage.world.errorRates.set('europe-west1', 0.2);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({
      entry: 'shift/watch-50',
      choices: ['retry', 'skip', 'replan', 'give-back', 'abort'],
    });
    expect(asked.question?.say).toMatch(/bad, and the step before stays: .*not fit to serve/);
    const shares = stage.world.traffic.get('items')?.shares;
    stage.world.errorRates.clear();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 250);
    await running.abort('ada');
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(stage.world.traffic.get('items')?.shares).toEqual(shares);
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('in the commit window only asks; nothing is taken back by itself', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'commit', 250);
    stage.world.errorRates.set('europe-west1', 0.2);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({
      entry: 'commit',
      choices: ['retry', 'skip', 'replan', 'give-back', 'abort'],
    });
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 0, 'europe-west1': 100 });
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'known and harmless' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('counts only when a second look finds it bad as well', async () => {
    const stage = harness.stage({ change: oneEntrance });
    let bad = 1;
    stage.around = async (call, next) => {
      if (stepCallOf(call)?.name !== 'traffic.slo' || bad === 0) return next(call.input);
      bad -= 1;
      const result = { healthy: false, why: 'one bad sample', measured: 3, errorRate: 1, latencyMs: 1 };
      return { result, acted: false };
    };
    const running = await harness.approved(stage);
    expect((await harness.ends(running)).status).toBe('done');
    expect(bad).toBe(0);
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
  }, 30_000);
});

describe('a bad sample whose second look finds nothing', () => {
  it.each([
    ['because its agent does not answer', undefined],
    ['because no request came', { healthy: null, why: 'no requests', measured: 0, errorRate: null, latencyMs: null }],
  ] as const)(
    'counts as bad, %s',
    async (_why, second) => {
      const stage = harness.stage({ change: oneEntrance });
      let looks = 0;
      stage.around = async (call, next) => {
        if (stepCallOf(call)?.stepId !== 'shift/watch-10') return next(call.input);
        looks += 1;
        const bad = { healthy: false, why: 'every request failed', measured: 1, errorRate: 1, latencyMs: 1 };
        if (looks % 2 === 1) return { result: bad, acted: false };
        if (second) return { result: second, acted: false };
        throw refusal('disturbed', 'The counters were not read.', 'traffic.slo', 'Nothing; a test did it.');
      };
      const running = await harness.approved(stage);
      const asked = await harness.reaches(running, 'question', 500);
      expect(asked.question).toMatchObject({ entry: 'shift/watch-10', error: { type: 'unhealthy' } });
      expect(asked.question?.say).toContain('the step before was taken back');
      expect(looks).toBe(2);
      await running.abort('ada');
      await harness.ends(running);
    },
    30_000,
  );
});

/** Load balancers whose counters nobody can read, from their first sample on, until they are mended. */
function silent(stage: Stage): { mend(): void } {
  stage.around = failing(({ name }) => name === 'traffic.slo');
  return {
    mend: () => {
      stage.around = undefined;
    },
  };
}

describe('a hold whose health nobody measures', () => {
  it('waits for who measures to come back, takes nothing back, and asks nobody', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const agents = silent(stage);
    const running = await harness.approved(stage);
    const held = await harness.until(running, ({ hold }) => (hold?.samples ?? 0) > 2, 500);
    // Beyond the hold's own length, within its patience.
    await harness.environment.sleep((held.hold?.until ?? 0) - (await harness.now()) + 10_000);
    expect((await running.state()).status).toBe('holding');
    agents.mend();
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
  }, 60_000);

  it('asks when its patience is over, with nothing taken back; a retry watches again', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const agents = silent(stage);
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 1_000);
    expect(asked.question).toMatchObject({
      entry: 'shift/watch-10',
      choices: ['retry', 'skip', 'replan', 'give-back', 'abort'],
      error: { type: 'not-measured' },
    });
    expect(asked.question?.say).toContain('health was not measured, and nothing was taken back');
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 45, 'europe-west1': 55 });
    agents.mend();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
  }, 60_000);

  it('does not take a quiet service for a healthy one', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.world.requests.set('europe-west1', 0);
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 1_000);
    expect(asked.question?.error.message).toContain('0 of 10 requests were measured');
    expect(asked.touched).toBe(true);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'it is Sunday' });
    await harness.reaches(running, 'question', 1_000);
    await running.abort('ada');
    expect((await harness.ends(running)).status).toBe('aborted');
  }, 60_000);

  it('goes on by itself until a slow service has been measured often enough', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.world.requests.set('europe-west1', 1);
    const running = await harness.approved(stage);
    expect((await harness.ends(running)).status).toBe('done');
    const [first] = stage.records[0]?.state.timeline.filter(({ kind }) => kind === 'hold') ?? [];
    // Ten samples of a request each, one a second, where the hold alone lasts three.
    expect(first?.say).toContain('10 samples, none bad');
  }, 60_000);
});
