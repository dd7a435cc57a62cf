/**
 * Failure modes pinned: a region that is readmitted after a repair that an outage broke into; a repair that was skipped
 * and is taken for done.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Estate } from '../../estate/schema.ts';
import { afterFailover } from '../matrix/scenario.ts';
import { killRegion } from '../memory-estate/faults.ts';
import { before, failing } from './harness/disturb.ts';
import { type Harness, oneEntrance, type Running, type Stage, startHarness } from './harness.ts';

const US = 'us-central1';
const FAILBACK = { runbook: 'failback', input: { region: US } };

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

async function returned(): Promise<Stage> {
  const stage = harness.stage({ change: oneEntrance });
  afterFailover(stage.world, await harness.now());
  stage.watch.renew();
  return stage;
}

async function planned(running: Running): Promise<string> {
  const { plan } = await running.plan();
  return JSON.stringify(plan?.core.entries.map(({ id }) => id));
}

describe('a failback', () => {
  it('into whose repair an outage broke asks before it readmits, and the next one repairs anew', async () => {
    const stage = await returned();
    let seen = false;
    stage.around = before(
      ({ stepId }) => stepId === 'repair/main/lifeboat.us-1' && !seen,
      async () => {
        seen = true;
        const at = (stage.world.history[0]?.startedAt ?? 0) + 10;
        const blip = { node: null, firstFailureAt: at, answeredAgainAt: at + 10 };
        stage.world.absences.set('europe-west1', [blip]);
      },
    );
    const running = await harness.approved(stage, FAILBACK);
    const asked = await harness.reaches(running, 'question', 1_000);
    expect(asked.question).toMatchObject({ entry: 'repair/undisturbed/main' });
    expect(asked.question?.error.message).toContain('europe-west1 was away after the repair had begun');
    expect(stage.world.services.get(`items@${US}`)?.admission).toBe('unclean');
    await running.abort('ada');
    expect((await harness.ends(running)).status).toBe('aborted');
    const again = await harness.approved(stage, FAILBACK);
    expect((await harness.ends(again)).status).toBe('done');
    expect(stage.world.services.get(`items@${US}`)?.admission).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);

  // Only the plan knew of gc_grace: a question that stayed open for days was answered "retry", and deleted rows came back.
  it('that waited for people beyond gc_grace repairs nothing any more', async () => {
    const DAY_MS = 86_400_000;
    const tenDays = (estate: Estate): Estate => {
      const one = oneEntrance(estate);
      const clusters = Object.entries(one.cassandra).map(([name, cluster]) => {
        const keyspaces = Object.entries(cluster.keyspaces).map(([key, of]) => [key, { ...of, gcGrace: 10 * DAY_MS }]);
        return [name, { ...cluster, keyspaces: Object.fromEntries(keyspaces) }];
      });
      return { ...one, cassandra: Object.fromEntries(clusters) };
    };
    const stage = harness.stage({ change: tenDays });
    afterFailover(stage.world, await harness.now());
    stage.watch.renew();
    let broken = true;
    stage.around = failing(({ stepId }) => stepId === 'repair/main/shop.us-2' && broken);
    const running = await harness.approved(stage, FAILBACK);
    await harness.reaches(running, 'question', 1_000);
    broken = false;
    const before = stage.world.history.length;
    await harness.environment.sleep('12d');
    await running.decide('resolve', 'ada', { choice: 'retry' });
    const late = await harness.until(
      running,
      ({ question }) => question?.error.type === 'outage-beyond-gc-grace',
      1_000,
    );
    expect(late.question?.error.mend).toContain('Do not skip this step');
    expect(stage.world.history).toHaveLength(before);
    await running.abort('ada');
    await harness.ends(running);
    expect(stage.world.services.get(`items@${US}`)?.admission).toBe('unclean');
  }, 60_000);

  it('sees before its pivot that the region which keeps a share dies', async () => {
    const stage = await returned();
    const running = await harness.approved(stage, FAILBACK);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-100', 1_000);
    killRegion(stage.world, 'europe-west1', await harness.now());
    const asked = await harness.reaches(running, 'question', 1_000);
    expect(asked.question).toMatchObject({ entry: 'shift/watch-100', error: { type: 'unhealthy' } });
    expect(asked.timeline.map(({ kind }) => kind)).not.toContain('pivot');
    await running.abort('ada');
    await expect(harness.atGate(stage, FAILBACK)).rejects.toThrow(/is refused/);
  }, 60_000);

  it('whose shift was skipped keeps the room that all requests need, and owes giving it back', async () => {
    const stage = await returned();
    const workers = () => stage.world.services.get('items@europe-west1')?.workers;
    const before = workers();
    stage.around = failing(({ name }) => name === 'traffic.set');
    const running = await harness.approved(stage, FAILBACK);
    for (const percent of [10, 50, 100]) {
      const entry = `shift/${percent}/items`;
      await harness.until(running, ({ question }) => question?.entry === entry, 1_000);
      await running.decide('resolve', 'ada', { choice: 'skip', reason: 'done by hand, later' });
    }
    await skipsUnshifted(running, 'commit');
    const ended = await harness.ends(running);
    expect(ended.status).toBe('done');
    expect(workers()).toBe(before);
    expect(ended.left).toContainEqual(
      expect.objectContaining({
        kind: 'owed',
        id: 'room/items@europe-west1',
        because: expect.stringContaining('items leads 100 % of its requests to europe-west1'),
      }),
    );
  }, 60_000);

  it('owes a repair that was skipped: the next one makes it, and one after that needs none', async () => {
    const stage = await returned();
    stage.around = failing(({ stepId }) => stepId === 'repair/main/shop.us-2');
    const running = await harness.approved(stage, FAILBACK);
    await harness.reaches(running, 'question', 1_000);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'its disk is full' });
    expect((await harness.ends(running)).status).toBe('done');
    stage.around = undefined;
    const drained = { shares: { [US]: 0, 'europe-west1': 100 }, drained: [US] };
    stage.world.traffic.set('items', drained);
    const owing = await harness.atGate(stage, FAILBACK);
    expect(await planned(owing)).toContain('repair');
    await owing.decide('approve', 'ben');
    expect((await harness.ends(owing)).status).toBe('done');
    stage.world.traffic.set('items', drained);
    const free = await harness.atGate(stage, FAILBACK);
    expect(await planned(free)).not.toContain('repair');
    await free.abort('ada');
  }, 60_000);
});

/** A hold does not take what was not shifted for good; people step over that, too. */
async function skipsUnshifted(running: Running, hold: string): Promise<void> {
  const { question } = await harness.until(running, (view) => view.question?.entry === hold, 1_000);
  expect(question?.error.message).toMatch(/it has \d+ % of new requests, not the \d+ %/);
  await running.decide('resolve', 'ada', { choice: 'skip', reason: 'done by hand, later' });
}
