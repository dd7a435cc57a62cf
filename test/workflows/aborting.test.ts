/**
 * Failure modes pinned: an abort that leaves the estate half moved, or that takes back what must not be taken back; an
 * undo that a late call undoes again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../activities/define-activities.ts';
import { readLease } from '../../activities/lease/index.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import { killRegion } from '../memory-estate/faults.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { before, failing, stepCallOf } from './harness/disturb.ts';
import { busy, type Harness, oneEntrance, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const withhold = ({ name }: { name: string }): boolean => name === 'services.withhold';
const says = ({ timeline }: RunView): string => timeline.map(({ kind, say }) => `${kind}: ${say}`).join('\n');

/** `shift/10` of `shift/10/items-auto`: the targets of an Each are done and undone in any order. */
function entryOf(stepId: string): string {
  return stepId.split('/').slice(0, 2).join('/');
}

describe('abort', () => {
  it('at the gate changes nothing and gives the scopes back', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    await running.abort('dan', { reason: 'wrong region' });
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'aborted', touched: false });
    expect(view.ending?.message).toBe('dan aborted it: wrong region');
    expect(stage.world.effects).toEqual([]);
    const next = await harness.atGate(stage);
    expect((await next.state()).status).toBe('gate');
  }, 30_000);

  it('before the pivot takes everything back, newest first', async () => {
    const stage = harness.stage();
    const start = outcomeOf(stage.world);
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 500);
    await running.abort('ada');
    const view = await harness.ends(running);
    expect(view.status).toBe('aborted');
    expect(outcomeOf(stage.world)).toEqual(start);
    const undone = stage.world.effects.filter(({ direction }) => direction === 'undo').map(({ stepId }) => stepId);
    const done = stage.world.effects.filter(({ direction }) => direction === 'do').map(({ stepId }) => stepId);
    expect(undone.map(entryOf)).toEqual(done.toReversed().map(entryOf));
    expect(stage.watch.broken).toEqual([]);
    expect(view.undo.every(({ state }) => state === 'undone')).toBe(true);
  }, 30_000);

  it('takes back what was planned on an estate file that was mended meanwhile', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const start = outcomeOf(stage.world);
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 500);
    const mended = { ...stage.estate, holds: { ...stage.estate.holds, step: { every: 1_000, for: 9_000 } } };
    stage.control = mended;
    stage.digests.control = hashOf(mended);
    stage.digests.agents = hashOf(mended);
    await running.abort('ada');
    const view = await harness.ends(running);
    expect(view.status).toBe('aborted');
    expect(view.undo.map(({ state }) => state)).toEqual(view.undo.map(() => 'undone'));
    expect(outcomeOf(stage.world)).toEqual(start);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('by someone who may not is refused and written down', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    await running.abort('cho');
    const view = await harness.until(running, (one) => says(one).includes('An abort was refused'));
    expect(view.status).toBe('gate');
  });

  it('that comes before there is a plan counts as soon as there is one', async () => {
    const stage = harness.stage({ change: oneEntrance });
    let open = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    stage.around = async ({ name, input }, next) => {
      if (name === 'run.plan') await held;
      return next(input);
    };
    const running = await harness.start(stage);
    await running.abort('ada', { reason: 'never mind' });
    open();
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('after the pivot is refused: the run goes forward only', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    let aborted = false;
    stage.around = before(
      ({ name }) => name === 'canaries.readable',
      async () => {
        if (!aborted) await running.abort('ada');
        aborted = true;
      },
    );
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(says(view)).toContain('ada asked to abort after the point of no return');
    expect(stage.world.traffic.get('items')?.drained).toEqual(['us-central1']);
  }, 30_000);

  it('of a question after the pivot stops where it stands and takes nothing back', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ name }) => name === 'canaries.readable');
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.choices).toEqual(['retry', 'skip', 'abort']);
    await running.decide('resolve', 'ada', { choice: 'abort' });
    const view = await harness.ends(running);
    expect(view.status).toBe('stopped');
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
  }, 30_000);

  it('while it is being taken back does not leave the rest untaken', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const start = outcomeOf(stage.world);
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 500);
    stage.around = failing(({ direction }) => direction === 'undo', 3);
    await running.abort('ada');
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.choices).toEqual(['retry', 'skip']);
    await running.abort('dan', { reason: 'hurry' });
    await harness.environment.sleep('2s');
    expect((await running.state()).status).toBe('question');
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(outcomeOf(stage.world)).toEqual(start);
  }, 30_000);
});

describe('undo', () => {
  it('takes back a step whose outcome was never known', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const start = outcomeOf(stage.world);
    stage.around = async (call, next) => {
      const answer = await next(call.input);
      const step = stepCallOf(call);
      if (step && withhold(step)) throw new Error('the answer was lost');
      return answer;
    };
    const running = await harness.approved(stage);
    await harness.reaches(running, 'question', 500);
    expect(stage.world.services.get('items@us-central1')?.admission).toBe('withheld');
    await running.decide('resolve', 'ada', { choice: 'abort' });
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(outcomeOf(stage.world)).toEqual(start);
  }, 30_000);

  it("is not undone itself by a zombie's late shift", async () => {
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const late = ({ stepId, direction }: { stepId: string; direction: string }): boolean =>
      stepId === 'shift/10/items' && direction === 'do';
    const fault: Fault = {
      act: (_, effect) => effect(),
      beforeLock: async (context) => (late(context) ? asleep : undefined),
    };
    const stage = harness.stage({ change: oneEntrance, fault });
    const start = outcomeOf(stage.world);
    const zombies: Promise<unknown>[] = [];
    stage.around = async (call, next) => {
      const step = stepCallOf(call);
      if (!step || !late(step)) return next(call.input);
      zombies.push(next(call.input).catch((error: unknown) => (error as { type?: string }).type));
      throw new Error('given up on, but still on its way');
    };
    const running = await harness.approved(stage);
    await harness.reaches(running, 'question', 500);
    await running.decide('resolve', 'ada', { choice: 'abort' });
    expect((await harness.ends(running)).status).toBe('aborted');
    wake();
    expect(await Promise.all(zombies)).toEqual(['fenced-off', 'fenced-off', 'fenced-off']);
    expect(outcomeOf(stage.world)).toEqual(start);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('does not send traffic back to a region that has died since: "must not be restored"', async () => {
    const stage = harness.stage({ change: (estate) => oneEntrance(busy(estate)) });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-100', 500);
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    await running.abort('ada');
    const view = await harness.ends(running);
    expect(view.status).toBe('aborted');
    expect(view.undo.map(({ stepId, state }) => [stepId, state])).toEqual([
      // Made for the traffic that stays, so it stays too (I1).
      ['room/items', 'must-not'],
      ['shift/10/items', 'must-not'],
      ['shift/50/items', 'must-not'],
      ['shift/100/items', 'must-not'],
    ]);
    expect(says(view)).toContain('must not be restored, because');
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 0, 'europe-west1': 100 });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('keeps the room under traffic that a person left where it is', async () => {
    const stage = harness.stage({ change: (estate) => oneEntrance(busy(estate)) });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 500);
    const roomBefore = stage.world.services.get('items@europe-west1')?.workers;
    stage.around = failing(({ direction, stepId }) => direction === 'undo' && stepId === 'shift/10/items');
    await running.abort('ada');
    await harness.reaches(running, 'question', 500);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'leave it' });
    const view = await harness.ends(running);
    expect(view.undo.map(({ stepId, state, because }) => [stepId, state, because])).toEqual([
      ['room/items', 'must-not', 'what was built on it stays (shift/10/items)'],
      ['shift/10/items', 'failed', expect.stringContaining('was disturbed')],
    ]);
    expect(stage.world.services.get('items@europe-west1')?.workers).toBe(roomBefore);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('of a thing that does not answer is asked about last, and holds up and locks nothing else', async () => {
    const stage = harness.stage();
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', 500);
    const before = (await running.state()).epochs;
    stage.around = failing(({ direction, stepId }) => direction === 'undo' && stepId.endsWith('/items-auto'), 3);
    await running.abort('ada');
    const asked = await harness.reaches(running, 'question', 500);
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 50, 'europe-west1': 50 });
    expect(stage.world.traffic.get('items-auto')?.shares).toEqual({ 'us-central1': 50, 'europe-west1': 50 });
    const released = Object.keys(before).filter((scope) => !(scope in asked.epochs));
    expect(released.map((scope) => scope.split('/').at(-1))).toContain('items');
    const { holders } = await readLease(harness.client, stage.estate.name);
    expect(
      Object.entries(holders)
        .flatMap(([scope, { run }]) => (run === running.run ? [scope] : []))
        .sort(),
    ).toEqual(Object.keys(asked.epochs).sort());
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).undo.map(({ state }) => state)).not.toContain('pending');
    expect(stage.world.traffic.get('items-auto')?.shares).toEqual({ 'us-central1': 100, 'europe-west1': 0 });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  // Traffic stood below a withholding that could not be taken back: its scope was held, and the rescue of users refused.
  it('gives back the scope of what only waits for a failed one, and acquires it again for the retry', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'commit', 500);
    stage.around = failing(({ direction, stepId }) => direction === 'undo' && stepId === 'withhold/items', 3);
    await running.abort('ada');
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.entry).toBe('withhold/items');
    expect(Object.keys(asked.epochs).filter((scope) => scope.includes('/traffic/'))).toEqual([]);
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).undo.map(({ state }) => state)).not.toContain('pending');
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 50, 'europe-west1': 50 });
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('leaves what another run holds by then as that one sets it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'commit', 500);
    stage.around = failing(({ direction, stepId }) => direction === 'undo' && stepId === 'withhold/items', 3);
    await running.abort('ada');
    await harness.reaches(running, 'question', 500);
    const other = await harness.approved(stage, {
      runbook: 'failover',
      input: { from: 'us-central1', ungraceful: true },
    });
    await harness.until(other, ({ hold }) => hold?.id === 'commit', 500);
    await running.decide('resolve', 'ada', { choice: 'retry' });
    const ended = await harness.ends(running);
    expect(ended.undo.filter(({ entry }) => entry.startsWith('shift/')).map(({ state }) => state)).not.toContain(
      'undone',
    );
    expect(stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 0, 'europe-west1': 100 });
    await harness.ends(other);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});
