/**
 * Failure modes pinned: a decision that is forged, stale, late, repeated or made by the wrong person passes a gate; a
 * change happens without the approvals that the estate asks for.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Estate } from '../../estate/schema.ts';
import type { Stage, Who } from './harness.ts';
import { BOT, type DecideOptions, type Harness, oneEntrance, type Running, STRANGER, startHarness } from './harness.ts';

let harness: Harness;
let stage: Stage;
let running: Running;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);
afterEach(async () => {
  await running.handle.terminate().catch(() => undefined);
});

const tier =
  (name: string, change: Partial<Estate['approvals']['tiers'][string]> = {}) =>
  (estate: Estate): Estate => {
    const one = estate.approvals.tiers[name];
    if (!one) throw new Error(`no tier ${name}`);
    const approvals = {
      ...estate.approvals,
      tiers: { ...estate.approvals.tiers, [name]: { ...one, ...change } },
      minimum: { ...estate.approvals.minimum, change: name },
    };
    return oneEntrance({ ...estate, approvals });
  };

async function open(change: (estate: Estate) => Estate = oneEntrance): Promise<void> {
  stage = harness.stage({ change });
  running = await harness.atGate(stage);
}

describe('an open gate of one other person', () => {
  const refusals: readonly [why: string, rule: string, who: Who, kind: 'approve' | 'reject', options: DecideOptions][] =
    [
      ['by the requester', 'requester', 'ada', 'approve', {}],
      ['by an operator who is no approver', 'not-allowed', 'dan', 'approve', {}],
      ['signed with another person’s key', 'not-allowed', 'ben', 'approve', { key: STRANGER }],
      ['of another attempt', 'stale', 'ben', 'approve', { change: { attempt: 7 } }],
      ['of another plan', 'stale', 'ben', 'approve', { change: { planHash: '0'.repeat(64) } }],
      ['on evidence that was never shown', 'stale', 'ben', 'approve', { change: { evidenceHash: '0'.repeat(64) } }],
      ['for a gate that is not open', 'stale', 'ben', 'approve', { change: { target: '9.9' } }],
      ['that has expired', 'expired', 'ben', 'approve', { change: { exp: 1 } }],
      ['dated in the future', 'clock', 'ben', 'approve', { change: { at: 9e15, exp: 9e15 + 1 } }],
      ['for another run', 'other-run', 'ben', 'approve', { change: { run: 'failover/lab/other' } }],
      ['for a dry run', 'other-run', 'ben', 'approve', { change: { mode: 'plan' } }],
      ['by someone unknown', 'not-allowed', 'ben', 'approve', { change: { by: 'eve' } }],
      ['rejecting without a reason', 'reason', 'ben', 'reject', {}],
      [
        'changed after it was signed',
        'signature',
        'ben',
        'approve',
        { forge: (signed) => ({ ...signed, decision: { ...signed.decision, reason: 'added later' } }) },
      ],
      [
        'with a field that nobody knows',
        'malformed',
        'ben',
        'approve',
        { forge: (signed) => ({ ...signed, decision: { ...signed.decision, extra: 1 } }) as typeof signed },
      ],
      [
        'with an unsigned name on another’s signature',
        'not-allowed',
        'cho',
        'approve',
        { forge: (signed) => ({ ...signed, decision: { ...signed.decision, by: 'ben' } }) },
      ],
      [
        'breaking the glass with the bot’s key',
        'break-glass-key',
        'ada',
        'approve',
        { override: 'approvals-by-others', key: BOT, reason: 'fire' },
      ],
      [
        'breaking the glass by an approver who is no operator',
        'break-glass',
        'cho',
        'approve',
        { override: 'approvals-by-others', reason: 'fire' },
      ],
      ['breaking the glass without a reason', 'reason', 'ada', 'approve', { override: 'approvals-by-others' }],
      [
        'breaking the glass over a rule that does not stand',
        'override',
        'ada',
        'approve',
        { override: 'gravity', reason: 'fire' },
      ],
    ];

  it('refuses every decision that must not count, and changes nothing', async () => {
    await open();
    const answers: [string, string | undefined][] = [];
    for (const [why, , who, kind, options] of refusals) {
      answers.push([why, (await running.decide(kind, who, options)).refused]);
    }
    expect(answers).toEqual(refusals.map(([why, rule]) => [why, rule]));
    const view = await running.state();
    expect(view.status).toBe('gate');
    expect(view.decisions).toEqual([]);
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('refuses other kinds of decision than a run takes as an update', async () => {
    await open();
    const kinds = ['start', 'abort', 'freeze', 'thaw', 'resume'] as const;
    const refused: (string | undefined)[] = [];
    for (const kind of kinds) refused.push((await running.decide(kind, 'ben')).refused);
    expect(refused).toEqual(['kind', 'kind', 'kind', 'kind', 'not-paused']);
  });

  it('records the same decision only once', async () => {
    await open();
    const pause = await running.signed('pause', 'ben');
    expect((await running.send(pause)).refused).toBeUndefined();
    expect((await running.send(pause)).refused).toBe('duplicate');
    expect((await running.state()).decisions).toHaveLength(1);
  });

  it('passes with the bot’s signature for another person', async () => {
    await open();
    expect((await running.decide('approve', 'cho', { key: BOT })).refused).toBeUndefined();
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(stage.world.traffic.get('items')).toEqual({
      shares: { 'us-central1': 0, 'europe-west1': 100 },
      drained: ['us-central1'],
    });
  }, 30_000);

  it('does not pass when somebody rejects it while it is planned again before it passes', async () => {
    await open();
    const looking = Promise.withResolvers<void>();
    const seen = Promise.withResolvers<void>();
    stage.around = async (call, next) => {
      if (call.name !== 'run.plan') return next(call.input);
      looking.resolve();
      await seen.promise;
      return next(call.input);
    };
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    await looking.promise;
    expect((await running.decide('reject', 'cho', { reason: 'not now' })).refused).toBeUndefined();
    seen.resolve();
    const view = await harness.ends(running);
    expect(view.status).toBe('rejected');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('lets an operator alone break the glass, and says so loudly', async () => {
    await open();
    const override = 'approvals-by-others';
    expect((await running.decide('approve', 'ada', { override, reason: 'nobody answers' })).refused).toBeUndefined();
    const view = await harness.ends(running);
    expect(view.status).toBe('done');
    expect(view.timeline.find(({ kind }) => kind === 'decision')?.say).toContain(
      'BREAKING THE GLASS over approvals-by-others',
    );
  }, 30_000);
});

describe('a gate of two people', () => {
  it('waits for the second, and counts nobody twice', async () => {
    await open(tier('two-people'));
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    expect((await running.decide('approve', 'ben')).refused).toBe('twice');
    expect((await running.decide('approve', 'ben', { key: BOT })).refused).toBe('twice');
    expect((await running.state()).status).toBe('gate');
    expect((await running.decide('approve', 'cho', { key: BOT })).refused).toBeUndefined();
    await harness.until(running, ({ status }) => status !== 'gate');
  }, 30_000);

  it('does not pass with two people whom only the bot knows', async () => {
    await open(tier('two-people'));
    expect((await running.decide('approve', 'ben', { key: BOT })).refused).toBeUndefined();
    expect((await running.decide('approve', 'cho', { key: BOT })).refused).toBeUndefined();
    await harness.environment.sleep('6s');
    const view = await running.state();
    expect(view.status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);

  it('refuses the bot’s key where every approval must be personal', async () => {
    await open(tier('one-other-person', { personalKeys: 1, botSuffices: false }));
    expect((await running.decide('approve', 'ben', { key: BOT })).refused).toBe('personal-key');
    expect((await running.decide('approve', 'ben')).refused).toBeUndefined();
    await harness.until(running, ({ status }) => status !== 'gate');
  }, 30_000);
});

describe('a plan with a blocker', () => {
  const crowded = (estate: Estate): Estate =>
    oneEntrance({
      ...estate,
      services: Object.fromEntries(Object.entries(estate.services).map(([name, one]) => [name, { ...one, peak: 900 }])),
    });

  it('passes only when that very rule was overridden, beside the approval', async () => {
    await open(crowded);
    expect((await running.plan()).plan?.core.blockers.map(({ rule }) => rule)).toEqual(['tested-capacity']);
    expect((await running.decide('approve', 'cho')).refused).toBeUndefined();
    await harness.environment.sleep('6s');
    expect((await running.state()).status).toBe('gate');
    expect(stage.world.effects).toEqual([]);
    const overridden = await running.decide('approve', 'ben', {
      override: 'tested-capacity',
      reason: 'better than nothing',
    });
    expect(overridden.refused).toBeUndefined();
    expect((await harness.ends(running)).status).toBe('done');
    // What was overridden is what the watch then sees, and nothing else.
    expect(stage.watch.broken).toEqual([
      expect.stringContaining('items has 100 % in europe-west1, which carries 800/s'),
    ]);
  }, 30_000);
});
