/**
 * Failure modes pinned: a long wait fills the history until Temporal ends the run; carried over to a new history, a run
 * forgets its gate, its decisions or which decisions it has seen.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Estate } from '../../estate/schema.ts';
import { expiring, type Harness, oneEntrance, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const twoPeople = (estate: Estate): Estate =>
  expiring(24 * 3_600_000)(
    oneEntrance({
      ...estate,
      approvals: { ...estate.approvals, minimum: { change: 'two-people', destroy: 'two-people' } },
    }),
  );

describe('a gate that stays open for long', () => {
  it('is carried over to a new history with its first approval, and passes with the second', async () => {
    const stage = harness.stage({ change: twoPeople });
    const running = await harness.atGate(stage);
    const { runId: first } = await running.handle.describe();
    const approval = await running.signed('approve', 'ben', { change: { exp: (await harness.now()) + 80_000_000 } });
    expect((await running.send(approval)).refused).toBeUndefined();
    const opened = (await running.state()).gate;
    let runId = first;
    while (runId === first) {
      await harness.environment.sleep('60s');
      runId = (await running.handle.describe()).runId;
    }
    const view = await running.state();
    expect(view.gate).toEqual(opened);
    expect(view.decisions).toEqual([approval]);
    expect(view.attempt).toBe(1);
    // Told apart by its id, which Temporal's own updateId does not survive.
    expect((await running.send(approval)).refused).toBe('duplicate');
    expect((await running.decide('approve', 'ben')).refused).toBe('twice');
    expect((await running.decide('approve', 'cho')).refused).toBeUndefined();
    const ended = await harness.ends(running);
    expect(ended.status).toBe('done');
    expect(ended.timeline.filter(({ kind }) => kind === 'planned')).toHaveLength(1);
    expect(stage.watch.broken).toEqual([]);
  }, 120_000);
});
