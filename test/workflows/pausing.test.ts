/**
 * Failure modes pinned: a pause that loses its place, or that counts as time in which health was watched; a cancelled
 * workflow that undoes by itself.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Harness, oneEntrance, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

describe('pause', () => {
  it('stops before the next step and goes on from there', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    await running.decide('pause', 'dan', { reason: 'coffee' });
    await running.decide('approve', 'ben');
    await harness.reaches(running, 'paused');
    await harness.environment.sleep('10m');
    expect(stage.world.effects).toEqual([]);
    expect((await running.decide('pause', 'ada')).refused).toBe('paused');
    await running.decide('resume', 'ada');
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(view.timeline.map(({ kind, say }) => `${kind}: ${say}`)).toContain('paused: Paused by dan: coffee');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('does not count as time in which health was watched', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    const held = await harness.reaches(running, 'holding');
    await running.decide('pause', 'ada');
    await harness.reaches(running, 'paused');
    await harness.environment.sleep('5m');
    await running.decide('resume', 'ada');
    await harness.until(running, ({ hold }) => hold !== null && hold.until > (held.hold?.until ?? 0) + 290_000);
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);
});

describe("Temporal's own Cancel", () => {
  it('is a pause: nothing is undone, and the run can be resumed', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ done }) => done.includes('shift/10/items'));
    await running.handle.cancel();
    const paused = await harness.reaches(running, 'paused');
    expect(paused.paused?.by).toBe('Temporal');
    expect(paused.undo.every(({ state }) => state === 'pending')).toBe(true);
    await running.decide('resume', 'ada');
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);
});
