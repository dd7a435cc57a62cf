/**
 * Failure modes pinned: one control worker with another estate file answers part of the tasks, so that starts are refused,
 * the plan at a gate flips with whoever read it, approvals are void, and permits are refused.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Estate } from '../../estate/schema.ts';
import { asideTexts } from '../../kernel/authority/ruling.ts';
import { QUICK_RUNBOOKS, quickHolds } from '../matrix/scenario.ts';
import { startSecondWorker } from './harness/second-worker.ts';
import { type Harness, oneEntrance, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ realTime: true });
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const newest = (estate: Estate): Estate => ({ ...quickHolds(oneEntrance(estate)), generation: 4 });
const OPTIONS = { change: newest, runbooks: QUICK_RUNBOOKS };
/** What a region that was away still has. */
const stale = (estate: Estate): Estate => ({
  ...estate,
  generation: 3,
  holds: { ...estate.holds, patience: estate.holds.patience + 1 },
});

describe('a second control worker with a stale estate file', () => {
  it('refuses no start, decides nothing, and is named; the run ends as if it were not there', async () => {
    const stage = harness.stage(OPTIONS);
    const second = await startSecondWorker(harness.client, stage, { change: stale, runbooks: QUICK_RUNBOOKS });
    const running = await harness.atGate(stage);
    const shown = await running.plan();
    const readAt = shown.evidence['shares/items']?.at ?? 0;
    await harness.until(running, ({ evidence }) => (evidence['shares/items']?.at ?? 0) > readAt);
    expect((await running.plan()).planHash).toBe(shown.planHash);
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'done', attempt: 1 });
    expect(second.answered).toEqual([]);
    expect(second.refused()).toBe(1);
    expect(asideTexts(await second.ruling(), Date.now())).toEqual([
      expect.stringMatching(/^Control worker second\/2@b stands aside: .* generation 3 .* generation 4 .* is ruling/),
    ]);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('of the same generation stands aside too: the first that was shown rules', async () => {
    const stage = harness.stage(OPTIONS);
    const change = (estate: Estate): Estate => ({ ...stale(estate), generation: 4 });
    const second = await startSecondWorker(harness.client, stage, { change, runbooks: QUICK_RUNBOOKS });
    const running = await harness.atGate(stage);
    expect(second.answered).toEqual([]);
    const [said] = asideTexts(await second.ruling(), Date.now());
    expect(said).toContain('second/2@b');
    expect(said).toContain('first shown by first/1@a');
    await running.abort('ada');
  }, 30_000);

  it('a newer one takes over: a start on the old file is refused, and says that another file rules', async () => {
    const stage = harness.stage(OPTIONS);
    const change = (estate: Estate): Estate => ({ ...stale(estate), generation: 5 });
    const second = await startSecondWorker(harness.client, stage, { change, runbooks: QUICK_RUNBOOKS });
    const running = await harness.start(stage);
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'refused', ending: { type: 'estate-differs' } });
    expect((await second.ruling()).ruling).toMatchObject({ worker: 'second/2@b', generation: 5 });
  }, 30_000);
});

describe('a newer estate file', () => {
  it('a newer file in the midst of a gate leads to a new plan, and the old worker permits nothing any more', async () => {
    const stage = harness.stage(OPTIONS);
    const running = await harness.atGate(stage);
    const old = await running.signed('approve', 'ben');
    const change = (estate: Estate): Estate => ({ ...stale(estate), generation: 5 });
    const second = await startSecondWorker(harness.client, stage, { change, runbooks: QUICK_RUNBOOKS });
    stage.digests.agents = second.digest;
    const view = await harness.until(running, ({ attempt }) => attempt === 2);
    expect(view.difference).toContain('The estate file changed.');
    expect((await running.send(old)).refused).toBe('stale');
    await running.abort('ada');
  }, 30_000);
});
