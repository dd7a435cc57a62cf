/**
 * Failure modes pinned: bad input that is found out only when something was already touched (I12); silence that approves;
 * a dry run that locks or signs; a worker that plans or acts on another estate file than the run's.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signDecision } from '../../kernel/decision/decision.ts';
import { leaseId, leaseQuery } from '../../kernel/run/messages.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import { killRegion } from '../memory-estate/faults.ts';
import type { StartOptions } from './harness/operator.ts';
import { expiring, type Harness, oneEntrance, STRANGER, type Stage, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

async function refusalOf(stage: Stage, options: StartOptions): Promise<[string | undefined, string | undefined]> {
  const view = await harness.ends(await harness.start(stage, options));
  expect(view).toMatchObject({ status: 'refused', touched: false, epochs: {} });
  expect(stage.world.effects).toEqual([]);
  return [view.ending?.type, view.ending?.mend];
}

describe('a start is refused, and nothing is touched, when', () => {
  it('its input cannot be', async () => {
    const stage = harness.stage({ change: oneEntrance });
    expect(await refusalOf(stage, { input: { from: 'us-centrall' } })).toEqual([
      'unknown-region',
      'Did you mean us-central1? The estate has us-central1, europe-west1.',
    ]);
    const same = { from: 'us-central1', to: 'us-central1' };
    expect((await refusalOf(stage, { input: same }))[0]).toBe('same-region');
    expect((await refusalOf(stage, { input: { from: 'us-central1', traffic: 'nothing' } }))[0]).toBe('no-traffic');
    expect((await refusalOf(stage, { input: { form: 'us-central1' } }))[0]).toBe('bad-input');
    expect((await refusalOf(stage, { runbook: 'failback', input: {} }))[0]).toBe('nothing-to-fail-back');
  }, 30_000);

  it('its target is dead', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, 'europe-west1', await harness.now());
    expect((await refusalOf(stage, {}))[0]).toBe('dead-target');
  });

  it('it was not signed by someone who may', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const starts: StartOptions[] = [
      { by: 'cho' },
      { forge: (request) => ({ ...request, requester: 'ben' }) },
      { forge: (request) => ({ ...request, input: { from: 'europe-west1' } }) },
      { forge: (request) => ({ ...request, start: { ...request.start, signature: 'A'.repeat(86) } }) },
      { forge: (request) => ({ ...request, start: { ...request.start, key: STRANGER.publicKey } }) },
      {
        forge: (request) => ({
          ...request,
          start: signDecision(request.start.decision, STRANGER.publicKey, STRANGER.privateKey),
        }),
      },
      { mode: 'plan', forge: (request) => ({ ...request, mode: 'live' }) },
    ];
    for (const start of starts) expect((await refusalOf(stage, start))[0]).toBe('bad-start');
  }, 30_000);

  it('it was made on another estate file than the control worker has', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.digests.control = hashOf('another file');
    expect((await refusalOf(stage, {}))[0]).toBe('estate-differs');
  });
});

describe('an agent with another estate file', () => {
  it('refuses the step: the run asks, and nothing was changed there', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.atGate(stage);
    await running.decide('approve', 'ben');
    stage.digests.agents = hashOf('another file');
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question?.error.type).toBe('estate-differs');
    expect(stage.world.effects).toEqual([]);
    stage.digests.agents = stage.digest;
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);
});

describe('a gate that nobody decides', () => {
  it('expires; silence never approves', async () => {
    const stage = harness.stage({ change: (estate) => expiring(30_000)(oneEntrance(estate)) });
    const running = await harness.atGate(stage);
    const late = await running.signed('approve', 'ben', { change: { exp: (await harness.now()) + 3_600_000 } });
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'expired', touched: false });
    expect((view.endedAt ?? 0) - view.startedAt).toBeGreaterThanOrEqual(30_000);
    expect(stage.world.effects).toEqual([]);
    await expect(running.send(late)).rejects.toThrow();
  }, 30_000);
});

describe('a dry run', () => {
  it('shows the plan of an approver who may not run, takes no lease and gets no permits', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const called = new Set<string>();
    stage.around = async ({ name, input }, next) => {
      called.add(name);
      return next(input);
    };
    const running = await harness.start(stage, { mode: 'plan', by: 'cho' });
    const view = await harness.ends(running);
    expect(view).toMatchObject({ status: 'planned', touched: false, epochs: {}, report: null });
    expect((await running.plan()).plan?.view.headline).toBe(
      'Move all traffic from us-central1 to europe-west1, in steps',
    );
    for (const name of ['lease.acquire', 'run.permits', 'run.record', 'traffic.set'])
      expect(called).not.toContain(name);
    expect(stage.world.effects).toEqual([]);
  });

  it('has the plan, and so the hash, of the live run beside it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const dry = await harness.start(stage, { mode: 'plan' });
    await harness.ends(dry);
    const live = await harness.atGate(stage);
    expect((await live.plan()).planHash).toBe((await dry.plan()).planHash);
    await live.abort('ada');
  });
});

describe('the record', () => {
  it('holds what was measured; a record that cannot be written does not hold the run open', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, 'us-central1', await harness.now());
    stage.watch.renew();
    const running = await harness.approved(stage);
    const view = await harness.ends(running);
    const [record] = stage.records;
    expect(record?.state.status).toBe('done');
    expect(record?.measured.faultAt).toBe(stage.world.outages.get('us-central1')?.firstFailureAt);
    expect(record?.measured.rtoFromFaultMs).toBeGreaterThan(0);
    expect(record?.measured.rtoFromApprovalMs).toBeLessThanOrEqual(record?.measured.rtoFromFaultMs ?? 0);
    expect(view.report).toBe(`memory:${running.run}`);

    const other = harness.stage({ change: oneEntrance });
    other.around = async ({ name, input }, next) => {
      if (name === 'run.record') throw new Error('disk full: /secret/path');
      return next(input);
    };
    const unrecorded = await harness.ends(await harness.approved(other));
    expect(unrecorded).toMatchObject({ status: 'done', report: null });
    const note = unrecorded.timeline.at(-1)?.say ?? '';
    expect(note).toContain('could not be written');
    // A foreign message may hold a secret (I8).
    expect(JSON.stringify(unrecorded)).not.toContain('/secret/path');
  }, 30_000);

  it('says that the scopes are free in Temporal’s own view, too', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.ends(running);
    const { holders } = await harness.client.workflow.getHandle(leaseId(stage.estate.name)).query(leaseQuery);
    expect(Object.values(holders).filter(({ run }) => run === running.run)).toEqual([]);
  }, 30_000);
});
