/**
 * Failure modes pinned: two runs change one thing; a run that needs nothing of another's waits for it; a run that died
 * keeps its scopes for ever; a freeze that stops nothing (I3).
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { signDecision } from '../../kernel/decision/decision.ts';
import { controlQueueOf, freezeUpdate, leaseId, leaseQuery } from '../../kernel/run/messages.ts';
import { type Harness, oneEntrance, PEOPLE, type Stage, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const scopesHeldBy = async (stage: Stage, run: string): Promise<string[]> => {
  const { holders } = await harness.client.workflow.getHandle(leaseId(stage.estate.name)).query(leaseQuery);
  return Object.entries(holders).flatMap(([scope, grant]) => (grant.run === run ? [scope] : []));
};

describe('a second failover of the same scope', () => {
  it('is refused, shows the first, and changes nothing; the first goes on', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const first = await harness.atGate(stage);
    const second = await harness.start(stage, { by: 'dan' });
    const view = await harness.ends(second);
    expect(view).toMatchObject({ status: 'refused', touched: false });
    expect(view.ending?.type).toBe('scope-held');
    expect(view.ending?.message).toContain(`is held by ${first.run}, started by ada`);
    await first.decide('approve', 'ben');
    expect((await harness.ends(first)).status).toBe('done');
    expect(new Set(stage.world.effects.map(({ run }) => run))).toEqual(new Set([first.run]));
  }, 30_000);

  it('may begin when the first has ended, with a higher epoch', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const first = await harness.atGate(stage);
    await first.decide('reject', 'ben', { reason: 'not yet' });
    const ended = await harness.ends(first);
    expect(ended.status).toBe('rejected');
    expect(await scopesHeldBy(stage, first.run)).toEqual([]);
    const second = await harness.atGate(stage);
    const [scope] = Object.keys(ended.epochs);
    expect((await second.state()).epochs[scope ?? '']).toBeGreaterThan(ended.epochs[scope ?? ''] ?? Number.NaN);
    await second.abort('ada');
  }, 30_000);
});

describe('runs of other scopes', () => {
  it('go side by side: a failback holds no traffic while it waits for its approval', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const { world } = stage;
    const now = await harness.now();
    world.traffic.set('items', { shares: { 'us-central1': 0, 'europe-west1': 100 }, drained: ['us-central1'] });
    const one = world.services.get('items@us-central1');
    if (one) one.admission = 'unclean';
    world.outages.set('us-central1', { firstFailureAt: now - 120_000, answeredAgainAt: now - 60_000 });
    stage.watch.renew();
    const failback = await harness.atGate(stage, { runbook: 'failback', input: {} });
    const held = await scopesHeldBy(stage, failback.run);
    expect(held.some((scope) => scope.includes('/cassandra/main'))).toBe(true);
    expect(held.some((scope) => scope.includes('/traffic/'))).toBe(false);
    const failover = await harness.atGate(stage);
    expect((await failover.state()).status).toBe('gate');
    await failover.abort('ada');
    await failback.abort('ada');
  }, 30_000);
});

describe('a run that was ended from outside', () => {
  it('is reaped by the next one, which is told what it had not taken back', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const first = await harness.approved(stage);
    await harness.until(first, ({ hold }) => hold?.id === 'shift/watch-10', 250);
    await first.handle.terminate('by hand');
    const second = await harness.atGate(stage, { input: { from: 'europe-west1' } });
    expect(stage.reaped).toHaveLength(1);
    expect(stage.reaped[0]?.run).toBe(first.run);
    expect(stage.reaped[0]?.unfinished).toContainEqual(expect.stringContaining('Take back: Set items'));
    await second.abort('ada');
  }, 30_000);
});

describe('a freeze of runs', () => {
  const freeze = async (stage: Stage, on: boolean): Promise<void> => {
    const run = leaseId(stage.estate.name);
    const at = await harness.now();
    const { publicKey, privateKey } = PEOPLE.ada;
    const decision = signDecision(
      {
        v: 1,
        run,
        mode: 'live',
        kind: on ? 'freeze' : 'thaw',
        target: 'runs',
        attempt: 0,
        planHash: '',
        evidenceHash: '',
        by: 'ada',
        at,
        exp: at + 60_000,
        reason: 'release day',
        id: randomUUID(),
      },
      publicKey,
      privateKey,
    );
    await harness.client.workflow.executeUpdateWithStart(freezeUpdate, {
      args: [{ decision, on }],
      startWorkflowOperation: new WithStartWorkflowOperation('lease', {
        workflowId: run,
        taskQueue: controlQueueOf(stage.estate.name),
        args: [stage.estate.name],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    });
  };

  it('refuses new runs with who froze and why, and a thaw lets them begin', async () => {
    const stage = harness.stage({ change: oneEntrance });
    await freeze(stage, true);
    const view = await harness.ends(await harness.start(stage));
    expect(view.status).toBe('refused');
    expect(view.ending).toMatchObject({ type: 'frozen', message: 'Runs are frozen by ada: release day.' });
    await freeze(stage, false);
    const running = await harness.atGate(stage);
    await running.abort('ada');
  }, 30_000);

  it('does not stop a run that has changed something: its next phase asks instead of giving up', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', 250);
    await freeze(stage, true);
    const asked = await harness.reaches(running, 'question', 500);
    expect(asked.question).toMatchObject({ say: 'The next phase cannot begin.', choices: ['retry', 'abort'] });
    await freeze(stage, false);
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 30_000);
});
