/**
 * Gray failures: a load balancer that does not reach what calls itself healthy, users who fail where a health page does
 * not, and a service that is still led to when it is to be withheld. Failure modes pinned: 100 % to a server that the load
 * balancer will not use; a ladder in small steps while requests fail; the serving region withheld by our own hand (I1).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { afterFailover } from '../matrix/scenario.ts';
import { cutRegion, killRegion, restoreRegion } from '../memory-estate/faults.ts';
import { before, failing } from './harness/disturb.ts';
import { type Harness, oneEntrance, type Running, type Stage, startHarness } from './harness.ts';

const US = 'us-central1';
const EU = 'europe-west1';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const anHourAgo = (now: number) => ({ firstFailureAt: now - 3_600_000, answeredAgainAt: now - 3_540_000 });
const admission = (stage: Stage, region: string) => stage.world.services.get(`items@${region}`)?.admission;

async function repairedFact(running: Running): Promise<string> {
  const { plan } = await running.plan();
  return plan?.view.facts.find(({ label }) => label === 'Repaired main')?.value ?? '';
}

describe('a destination that loses its share in the commit window', () => {
  // A load balancer that came back with the weights of its configuration once led everybody to what was withheld, "all good".
  it('is no good health: it asks before the point of no return', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'commit', 500);
    stage.world.traffic.set('items', { shares: { 'us-central1': 100, 'europe-west1': 0 }, drained: [] });
    stage.watch.renew();
    const { question } = await harness.reaches(running, 'question', 500);
    expect(question?.entry).toBe('commit');
    expect(question?.error.message).toContain('it has 0 % of new requests, not the 100 % that it was given');
    await running.abort('ada');
    await harness.ends(running);
    expect(stage.world.services.get('items@us-central1')?.admission).toBe('admitted');
  }, 30_000);
});

describe('a path from a load balancer to the destination that is cut', () => {
  it('refuses the plan, though the destination calls itself healthy', async () => {
    const stage = harness.stage();
    stage.world.cutPaths.add(`items-auto@${EU}`);
    const refused = await harness.ends(await harness.start(stage));
    expect(refused).toMatchObject({ status: 'refused', ending: { type: 'dead-target' } });
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('after the approval refuses the step, before a request goes there', async () => {
    const stage = harness.stage();
    stage.around = before(
      ({ name }) => name === 'traffic.set',
      () => void stage.world.cutPaths.add(`items-auto@${EU}`),
    );
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.error).toMatchObject({ type: 'unsafe-traffic' });
    expect(asked.question?.error.message).toContain('holds it for down');
    await running.decide('resolve', 'ada', { choice: 'abort' });
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('a region whose health page is fine while its users fail', () => {
  it('is left at once, and withheld', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.world.errorRates.set(US, 0.4);
    stage.watch.renew();
    const running = await harness.approved(stage);
    const { plan } = await running.plan();
    expect(plan?.view.warnings.join(' ')).toContain(
      "us-central1 calls itself healthy, but 40 % of its users' requests fail",
    );
    expect(plan?.core.entries.map(({ id }) => id)).not.toContain('shift/10/items');
    expect((await harness.ends(running)).status).toBe('done');
    expect(admission(stage, US)).toBe('withheld');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('does not make another plan with each reading of the rate', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.world.errorRates.set(US, 0.4);
    const running = await harness.atGate(stage);
    stage.world.errorRates.set(US, 0.7);
    await running.decide('approve', 'ben');
    const ended = await harness.ends(running);
    expect(ended).toMatchObject({ status: 'done', attempt: 1 });
  }, 30_000);
});

describe('a service that a load balancer still leads to', () => {
  it('is not withheld by a failover of another entrance', async () => {
    const stage = harness.stage();
    const running = await harness.approved(stage, { input: { from: US, traffic: 'items' } });
    expect((await harness.ends(running)).status).toBe('done');
    expect(admission(stage, US)).toBe('admitted');
    // An active server beside a backup: it has all, and keeps it.
    expect(stage.world.traffic.get('items-auto')?.shares[US]).toBe(100);
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is not withheld when its shift was skipped', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ stepId, direction }) => stepId === 'shift/100/items' && direction === 'do');
    const running = await harness.approved(stage);
    expect((await harness.reaches(running, 'question', 500)).question?.entry).toBe('shift/100/items');
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'we do it by hand' });
    const asked = await harness.until(running, ({ question }) => question?.entry === 'withhold/items', 500);
    expect(asked.question?.error).toMatchObject({ type: 'unsafe-withhold', where: 'items' });
    expect(asked.question?.error.mend).toContain(`run failover from=${US}`);
    expect(admission(stage, US)).toBe('admitted');
    await running.decide('resolve', 'ada', { choice: 'abort' });
    expect((await harness.ends(running)).status).toBe('aborted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is not withheld at the end either, where its region was taken for lost: it is told as owed', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ name, direction }) => name === 'traffic.set' && direction === 'do');
    const running = await harness.approved(stage, { input: { from: US, ungraceful: true } });
    expect((await harness.reaches(running, 'question', 500)).question?.entry).toBe('shift/100/items');
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'we do it by hand' });
    await skipsUnshifted(running, 'commit');
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(view.timeline.at(-1)?.say).toContain('still owed: Let items in us-central1 report itself unhealthy');
    expect(admission(stage, US)).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is not withheld while nobody can say, and the retry does it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    let asking = true;
    stage.around = before(
      ({ stepId }) => stepId === 'withhold/items' && asking,
      () => void stage.world.silentStats.add('items'),
    );
    const running = await harness.approved(stage);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.error).toMatchObject({ type: 'unsafe-withhold' });
    expect(asked.question?.error.mend).toContain('skip this step');
    asking = false;
    stage.world.silentStats.clear();
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
    expect(admission(stage, US)).toBe('withheld');
  }, 30_000);

  it('is not brought back while it serves: the old outage does not withhold the only region', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.world.traffic.set('items', { shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
    stage.world.outages.set(US, anHourAgo(await harness.now()));
    stage.watch.renew();
    const refused = await harness.ends(await harness.start(stage, { runbook: 'failback', input: { region: US } }));
    expect(refused).toMatchObject({ status: 'refused', ending: { type: 'region-serves' } });
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('stays readmitted when a failback is taken back and its shift cannot be', async () => {
    const stage = harness.stage({ change: oneEntrance });
    afterFailover(stage.world, await harness.now());
    stage.watch.renew();
    stage.around = failing(({ name, direction }) => name === 'traffic.set' && direction === 'undo');
    const running = await harness.approved(stage, { runbook: 'failback', input: {} });
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 500);
    await running.abort('ada');
    await harness.reaches(running, 'question', 500);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'the load balancer does not answer' });
    const ended = await harness.ends(running);
    expect(ended.undo.find(({ stepId }) => stepId === 'readmit/items')).toMatchObject({
      state: 'must-not',
      because: 'what was built on it stays (shift/10/items)',
    });
    expect(admission(stage, US)).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('the survivor that dies before the failback', () => {
  it('leaves a stale region, which two people and a broken glass bring into service; the repair comes with the failback', async () => {
    const stage = harness.stage({ change: oneEntrance });
    afterFailover(stage.world, await harness.now());
    killRegion(stage.world, EU, await harness.now());
    stage.watch.renew();
    const running = await harness.atGate(stage, { input: { from: EU } });
    expect(await repairedFact(running)).toMatch(/a repair is OWED: .*us-central1/);
    for (const person of ['ben', 'cho'] as const)
      expect((await running.decide('approve', person)).refused).toBeUndefined();
    expect((await running.state()).status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
    const override = 'stale-destination';
    const reason = 'us-central1 is all that lives';
    expect((await running.decide('approve', 'ada', { override, reason })).refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.traffic.get('items')).toEqual({ shares: { [US]: 100, [EU]: 0 }, drained: [EU] });
    expect(admission(stage, US)).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
    restoreRegion(stage.world, EU, await harness.now());
    const back = await harness.atGate(stage, { runbook: 'failback', input: { region: EU } });
    const { plan } = await back.plan();
    expect(plan?.core.entries.some(({ id }) => id.startsWith('repair'))).toBe(true);
    expect(await repairedFact(back)).toMatch(/a repair is OWED: europe-west1, us-central1/);
    await back.decide('approve', 'ben');
    expect((await harness.ends(back)).status).toBe('done');
    const next = await harness.atGate(stage, { input: { from: EU } });
    expect(await repairedFact(next)).toMatch(/^in full since/);
    expect(await repairedFact(next)).not.toContain('OWED');
    await next.abort('ada');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('both regions dead', () => {
  it('is told with the command for whichever answers first, and that command brings it into service', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, US, await harness.now());
    killRegion(stage.world, EU, await harness.now());
    stage.watch.renew();
    const refused = await harness.ends(await harness.start(stage, { input: { from: US } }));
    expect(refused).toMatchObject({ status: 'refused', ending: { type: 'no-region-lives' } });
    expect(refused.ending?.message).toContain(`Both ${US} and ${EU} are dead`);
    expect(refused.ending?.mend).toContain(`When ${EU} answers first: \`run failover from=${US} to=${EU}\``);
    expect(stage.world.effects).toEqual([]);
    restoreRegion(stage.world, EU, await harness.now());
    stage.watch.renew();
    const running = await harness.atGate(stage, { input: { from: US, to: EU } });
    for (const person of ['ben', 'cho'] as const) await running.decide('approve', person);
    await running.decide('approve', 'ada', { override: 'stale-destination', reason: 'nobody else lives' });
    expect((await harness.ends(running)).status).toBe('done');
    expect(stage.world.traffic.get('items')?.shares).toEqual({ [US]: 0, [EU]: 100 });
    expect(admission(stage, EU)).toBe('admitted');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);
});

describe('a withholding that could not be done', () => {
  it('is done by the run, when the region answers again before its end', async () => {
    const stage = harness.stage({ change: oneEntrance });
    cutRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'commit', 500);
    restoreRegion(stage.world, US, await harness.now());
    expect(admission(stage, US)).toBe('admitted');
    const ended = await harness.ends(running);
    expect(ended.status).toBe('done');
    expect(admission(stage, US)).toBe('withheld');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is owed where it does not, asks nobody, and is done by the next run that reads it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    cutRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    const ended = await harness.ends(await harness.approved(stage));
    expect(ended.status).toBe('done');
    expect(ended.timeline).toContainEqual(expect.objectContaining({ id: 'owed/items', outcome: 'owed' }));
    expect(ended.timeline.find(({ kind }) => kind === 'ended')?.say).toContain('still owed: Let items in us-central1');
    restoreRegion(stage.world, US, await harness.now());
    expect(admission(stage, US)).toBe('admitted');
    const again = await harness.approved(stage, { input: { from: US } });
    expect((await harness.ends(again)).status).toBe('done');
    expect(admission(stage, US)).toBe('withheld');
    expect(stage.watch.broken).toEqual([]);
  }, 30_000);

  it('is owed, too, where the agent is gone, within moments', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    await harness.stopPolling('lab.agent.service.items.us-central1');
    try {
      const ended = await harness.ends(await harness.approved(stage));
      expect(ended.status).toBe('done');
      const owed = ended.timeline.find(({ id, outcome }) => id === 'owed/items' && outcome === 'failed');
      expect(owed?.ms).toBeLessThan(10_000);
    } finally {
      await harness.resumePolling('lab.agent.service.items.us-central1');
    }
  }, 30_000);
});

describe('a region that came back', () => {
  it('unadmitted with its share is moved away first, as the refusal says', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, US, await harness.now());
    stage.world.regions.set(US, 'up');
    stage.world.outages.set(US, anHourAgo(await harness.now()));
    stage.watch.renew();
    const refused = await harness.ends(await harness.start(stage, { runbook: 'failback', input: { region: US } }));
    expect(refused.ending).toMatchObject({
      type: 'region-serves',
      mend: expect.stringContaining(`run failover from=${US}`),
    });
    const running = await harness.approved(stage);
    expect((await harness.ends(running)).status).toBe('done');
    const back = await harness.approved(stage, { runbook: 'failback', input: { region: US } });
    expect((await harness.ends(back)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);
});

/** A hold does not take what was not shifted for good; people step over that, too. */
async function skipsUnshifted(running: Running, hold: string): Promise<void> {
  const { question } = await harness.until(running, (view) => view.question?.entry === hold, 500);
  expect(question?.error.message).toMatch(/it has \d+ % of new requests, not the 100 %/);
  await running.decide('resolve', 'ada', { choice: 'skip', reason: 'we do it by hand' });
}
