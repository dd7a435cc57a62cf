/**
 * Failure modes pinned: a shipped example on which no run can end (a hold whose samples take longer than they are given),
 * or on which a runbook asks for what the estate has not.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { afterFailover } from '../matrix/scenario.ts';
import { killRegion } from '../memory-estate/faults.ts';
import { EXAMPLES } from './harness/estate.ts';
import { type Harness, type Running, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ examples: EXAMPLES });
}, 60_000);
afterAll(async () => harness.close(), 60_000);

/** The least tier of an example may ask for more people than one. */
async function approvedByAll(running: Running): Promise<void> {
  for (const person of ['ben', 'cho'] as const) {
    const { refused } = await running.decide('approve', person);
    if (refused !== undefined && refused !== 'stale') throw new Error(`${person}: ${refused}`);
  }
}

describe.each(EXAMPLES)('the example %s', (example) => {
  it('is failed over in steps, to the end', async () => {
    const stage = harness.stage({ example });
    const running = await harness.atGate(stage);
    await approvedByAll(running);
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 120_000);

  it('is failed over at once, and back after a repair', async () => {
    const stage = harness.stage({ example });
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    const lost = await harness.atGate(stage);
    await approvedByAll(lost);
    expect((await harness.ends(lost)).status).toBe('done');
    afterFailover(stage.world, await harness.now());
    stage.watch.renew();
    const back = await harness.atGate(stage, { runbook: 'failback', input: { region: 'us-central1' } });
    await approvedByAll(back);
    expect((await harness.ends(back)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 120_000);

  it('gives every sample of a hold longer than it measures', async () => {
    const running = await harness.atGate(harness.stage({ example }));
    const { plan } = await running.plan();
    const samples = (plan?.core.entries ?? []).flatMap((one) => (one.kind === 'hold' ? one.samples : []));
    expect(samples.length).toBeGreaterThan(0);
    for (const { limits, args } of samples) {
      expect(limits.startToClose).toBeGreaterThan(Number(args['window']) + 1_000);
    }
    await running.abort('ada');
  }, 60_000);
});
