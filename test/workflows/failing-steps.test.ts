/**
 * Failure modes pinned: a step that is stepped over silently, or that waits for ever for a worker that is gone; a run that
 * gives up where it could ask.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceQueue } from '../../estate/services/queues.ts';
import { afterFailover } from '../matrix/scenario.ts';
import { failing, stepCallOf } from './harness/disturb.ts';
import { type Harness, oneEntrance, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const withhold = ({ name }: { name: string }): boolean => name === 'services.withhold';

describe('a step that fails', () => {
  it('is tried again by itself a few times', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(withhold, 2);
    const running = await harness.approved(stage);
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);

  it('stops the run and asks; a retry does it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(withhold, 3);
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({
      entry: 'withhold/items',
      choices: ['retry', 'skip', 'replan', 'give-back', 'abort'],
    });
    expect(asked.question?.error).toMatchObject({ type: 'disturbed', mend: 'Nothing; a test did it.' });
    expect((await running.decide('resolve', 'ben', { choice: 'retry', change: { target: 'q0' } })).refused).toBe(
      'stale',
    );
    expect((await running.decide('resolve', 'cho', { choice: 'retry' })).refused).toBe('not-allowed');
    await running.decide('resolve', 'ben', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.services.get('items@us-central1')?.admission).toBe('withheld');
  }, 30_000);

  it('is skipped only with a reason, and the record says so', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(withhold);
    const running = await harness.approved(stage);
    await harness.reaches(running, 'question', 500);
    expect((await running.decide('resolve', 'ada', { choice: 'skip' })).refused).toBe('reason');
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'that host is gone' });
    expect((await harness.ends(running)).status).toBe('done');
    const [record] = stage.records;
    expect(record?.state.timeline).toContainEqual(
      expect.objectContaining({ id: 'withhold/items', outcome: 'skipped' }),
    );
    expect(stage.world.services.get('items@us-central1')?.admission).toBe('admitted');
  }, 30_000);

  it('whose permit ran out on the way gets a new one without asking', async () => {
    const stage = harness.stage({ change: oneEntrance });
    let late = true;
    stage.around = async (call, next) => {
      stage.agentsAheadMs = late && stepCallOf(call)?.name === 'services.withhold' ? 11 * 60_000 : 0;
      if (stage.agentsAheadMs > 0) late = false;
      return next(call.input);
    };
    const running = await harness.approved(stage);
    expect((await harness.ends(running)).status).toBe('done');
    expect(late).toBe(false);
  }, 30_000);

  it('asks when its agent calls every permit expired', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.agentsAheadMs = 11 * 60_000;
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.error.type).toBe('permit-expired');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);
});

describe('a target of many that fails and is skipped', () => {
  it('is the only one that is left out: those that were not begun are done, and the report names it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    afterFailover(stage.world, await harness.now());
    stage.around = failing(({ stepId }) => stepId === 'repair/main/shop.us-2');
    const running = await harness.approved(stage, { runbook: 'failback', input: {} });
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.say).toContain('Full repair of shop from us-2');
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'its disk is gone' });
    expect((await harness.ends(running)).status).toBe('done');
    const repairs = [...stage.world.repairs].map((key) => key.slice(key.lastIndexOf('/') + 1));
    const wanted = ['shop', 'lifeboat'].flatMap((keyspace) =>
      ['us-1', 'us-2', 'us-3', 'eu-1', 'eu-2', 'eu-3'].map((node) => `${keyspace}.${node}`),
    );
    expect(wanted.filter((one) => !repairs.includes(one))).toEqual(['shop.us-2']);
    const skipped = stage.records[0]?.state.timeline.filter(({ outcome }) => outcome === 'skipped');
    expect(skipped?.map(({ id }) => id)).toEqual(['repair/main/shop.us-2']);
  }, 60_000);
});

describe('a step whose queue no worker polls', () => {
  it('is not waited for: the run asks, and a retry does it once a worker is there', async () => {
    const stage = harness.stage({ change: oneEntrance });
    // Only changes go there, so nothing is missing before the first step.
    const queue = serviceQueue(stage.estate, 'items', 'europe-west1');
    await harness.stopPolling(queue);
    const running = await harness.approved(stage);
    const waitsSince = await harness.now();
    const asked = await harness.reaches(running, 'question', 1_000);
    expect(asked.question).toMatchObject({ entry: 'room/items', choices: ['retry', 'skip', 'replan', 'abort'] });
    expect(asked.question?.error).toMatchObject({ type: 'no-worker', where: 'services.scale' });
    expect(asked.question?.error.message).toContain(queue);
    expect((asked.question?.askedAt ?? 0) - waitsSince).toBeLessThan(15_000);
    expect(stage.world.effects).toEqual([]);
    await harness.resumePolling(queue);
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
    // The call that timed out was never made, and never will be.
    expect(stage.world.effects.filter(({ stepId }) => stepId === 'room/items')).toHaveLength(1);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});
