/**
 * Failure modes pinned: a run that will never end holds its scopes for ever; one that was taken over comes back, and
 * writes, grabs back or restores what is another run's now (I3); a take-over that nobody may make is believed.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Fault } from '../../activities/define-activities.ts';
import type { Estate } from '../../estate/schema.ts';
import type { LeaseView } from '../../kernel/authority/lease.ts';
import { type Decision, type SignedDecision, signDecision } from '../../kernel/decision/decision.ts';
import { leaseId, leaseQuery, takeOverUpdate } from '../../kernel/run/messages.ts';
import type { KeyPair } from '../../kernel/signing/keys.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { failing, stepCallOf } from './harness/disturb.ts';
import { BOT, type Harness, oneEntrance, PEOPLE, type Running, STRANGER, type Stage, startHarness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ realTime: true });
}, 60_000);
afterAll(async () => harness.close(), 60_000);

/** No time is skipped here: the lease's word counts, and only the real server keeps it. */
const quick = (estate: Estate): Estate => {
  const hold = { every: 20, for: 100 };
  return oneEntrance({ ...estate, holds: { ...estate.holds, step: hold, commit: hold } });
};

const handleOf = (stage: Stage) => harness.client.workflow.getHandle(leaseId(stage.estate.name));
const leaseOf = (stage: Stage): Promise<LeaseView> => handleOf(stage).query(leaseQuery);

async function signed(
  stage: Stage,
  holder: Running,
  change: Partial<Decision> = {},
  keys: KeyPair = PEOPLE.ben,
): Promise<SignedDecision> {
  const at = await harness.now();
  const decision: Decision = {
    v: 1,
    run: leaseId(stage.estate.name),
    mode: 'live',
    kind: 'take-over',
    target: holder.run,
    attempt: 0,
    planHash: '',
    evidenceHash: '',
    by: 'ben',
    at,
    exp: at + 300_000,
    reason: 'its people are gone',
    id: randomUUID(),
    ...change,
  };
  return signDecision(decision, keys.publicKey, keys.privateKey);
}

/** The refusing rule and its sentence, or `taken`. */
async function send(stage: Stage, decision: SignedDecision): Promise<string> {
  try {
    await handleOf(stage).executeUpdate(takeOverUpdate, { args: [decision] });
    return 'taken';
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    return `${error.cause.type}: ${error.cause.message}`;
  }
}

const takeOver = async (stage: Stage, holder: Running): Promise<string> => send(stage, await signed(stage, holder));
const withhold = ({ name }: { name: string }): boolean => name === 'services.withhold';

/** A run that has shifted everything, asks, and hears nobody. */
async function hanging(stage: Stage): Promise<Running> {
  stage.around = failing(withhold, 3);
  const running = await harness.approved(stage);
  await harness.reaches(running, 'question', 500);
  return running;
}

describe('a run whose scopes were taken over', () => {
  it('has its late write fenced off, by the run that came after it, and changes nothing', async () => {
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let holder = '';
    const late = (run: string, stepId: string): boolean => run === holder && stepId === 'shift/10/items';
    const fault: Fault = {
      act: (_, effect) => effect(),
      beforeLock: async ({ run, stepId }) => (late(run, stepId) ? asleep : undefined),
    };
    const stage = harness.stage({ change: quick, fault });
    const zombies: Promise<unknown>[] = [];
    stage.around = async (call, next) => {
      const { run = '' } = call.input as { run?: string };
      if (!late(run, stepCallOf(call)?.stepId ?? '')) return next(call.input);
      zombies.push(next(call.input).catch((error: unknown) => (error as { type?: string }).type));
      throw new Error('given up on, but still on its way');
    };
    const first = await harness.atGate(stage);
    holder = first.run;
    await first.decide('approve', 'ben');
    await harness.reaches(first, 'question', 250);
    const [scope = ''] = Object.keys((await first.state()).epochs).filter((one) => one.includes('/traffic/'));
    const refused = await harness.ends(await harness.start(stage, { by: 'dan' }));
    expect(refused.ending).toMatchObject({ type: 'scope-held' });
    expect(refused.ending?.message).toContain(`is held by ${first.run}`);
    expect(refused.ending?.mend).toContain('lifeboat take-over');

    expect(await takeOver(stage, first)).toBe('taken');
    const lease = await leaseOf(stage);
    expect(lease.taken.at(-1)).toMatchObject({ run: first.run, by: 'ben', reason: 'its people are gone' });
    expect(lease.taken.at(-1)?.scopes).toContain(scope);
    expect(Object.values(lease.holders).filter(({ run }) => run === first.run)).toEqual([]);

    const second = await harness.approved(stage, { by: 'dan' });
    const before = (await first.state()).epochs[scope] ?? Number.NaN;
    expect((await second.state()).epochs[scope]).toBeGreaterThan(before);
    expect((await harness.ends(second)).status).toBe('done');
    const after = outcomeOf(stage.world);
    const effects = stage.world.effects.length;

    wake();
    expect(await Promise.all(zombies)).toEqual(['fenced-off', 'fenced-off', 'fenced-off']);
    await first.decide('resolve', 'ada', { choice: 'retry' });
    const asked = await harness.until(first, ({ question }) => question?.error.type === 'taken-over', 500);
    expect(asked.question?.choices).toEqual(['abort']);
    await first.decide('resolve', 'ada', { choice: 'abort' });
    const ended = await harness.ends(first);
    expect(ended.status).toBe('aborted');
    expect(ended.undo.map(({ state }) => state)).toEqual(ended.undo.map(() => 'must-not'));
    expect(ended.undo.map(({ because }) => because).join(' ')).toContain('another run took over');
    expect(stage.world.effects).toHaveLength(effects);
    expect(outcomeOf(stage.world)).toEqual(after);
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);

  it('writes and restores nothing, even before the run that came after it has written', async () => {
    const stage = harness.stage({ change: quick });
    const first = await hanging(stage);
    expect(await takeOver(stage, first)).toBe('taken');
    const second = await harness.atGate(stage, { by: 'dan', input: { from: 'europe-west1' } });
    const before = outcomeOf(stage.world);
    await first.decide('resolve', 'ada', { choice: 'retry' });
    await harness.until(first, ({ question }) => question?.error.type === 'taken-over', 500);
    await first.abort('ada');
    expect((await harness.ends(first)).status).toBe('aborted');
    expect(outcomeOf(stage.world)).toEqual(before);
    expect(stage.world.effects.some(({ direction }) => direction === 'undo')).toBe(false);
    await second.decide('approve', 'ben');
    expect((await harness.ends(second)).status).toBe('done');
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);

  it('is given no scope again: it cannot grab them back when they are free', async () => {
    const stage = harness.stage({ change: quick });
    const first = await harness.atGate(stage);
    expect(await takeOver(stage, first)).toBe('taken');
    await first.decide('approve', 'ben');
    const view = await harness.ends(first);
    expect(view).toMatchObject({ status: 'refused', touched: false, ending: { type: 'taken-over' } });
    expect(view.ending?.message).toBe('ben took its scopes over: its people are gone.');
    expect(stage.world.effects).toEqual([]);
  }, 30_000);
});

describe('a take-over is refused, and the holder keeps its scopes, when it', () => {
  it('is not signed by someone who may, or was sent before', async () => {
    const stage = harness.stage({ change: quick });
    const holder = await harness.atGate(stage);
    const forged = await signed(stage, holder);
    const cases: [why: string, decision: SignedDecision, says: string][] = [
      ['has no true signature', { ...forged, signature: 'A'.repeat(86) }, 'bad-decision: The signature is wrong.'],
      [
        'was changed after it was signed',
        { ...forged, decision: { ...forged.decision, reason: 'x' } },
        'bad-decision: ',
      ],
      ['is signed by the bot', await signed(stage, holder, {}, BOT), 'bad-decision: Taking over needs a personal key'],
      ['is signed by a stranger', await signed(stage, holder, {}, STRANGER), 'bad-decision: ben may not take-over'],
      [
        'is of one who only approves',
        await signed(stage, holder, { by: 'cho' }, PEOPLE.cho),
        'bad-decision: cho may not',
      ],
      ['has no reason', await signed(stage, holder, { reason: ' ' }), 'bad-decision: Taking over needs a reason.'],
      ['has expired', await signed(stage, holder, { exp: 1 }), 'bad-decision: The decision has expired'],
      ['is for something else', await signed(stage, holder, { run: holder.run }), 'bad-decision: '],
      ['is of another kind', await signed(stage, holder, { kind: 'freeze' }), 'kind: '],
      ['names a run that holds nothing', await signed(stage, holder, { target: 'failover/lab/none' }), 'not-held: '],
    ];
    const answers: [string, boolean | string][] = [];
    for (const [why, decision, says] of cases) {
      const answer = await send(stage, decision);
      answers.push([why, answer.startsWith(says) || answer]);
    }
    expect(answers).toEqual(cases.map(([why]) => [why, true]));
    const { holders } = await leaseOf(stage);
    expect(Object.values(holders).some(({ run }) => run === holder.run)).toBe(true);

    const once = await signed(stage, holder);
    expect(await send(stage, once)).toBe('taken');
    expect(await send(stage, once)).toMatch(/^duplicate: /);
    expect((await holder.decide('resume', 'ben')).refused).toBe('not-paused');
    expect((await holder.decide('take-over', 'ben')).refused).toBe('kind');
    await holder.abort('ada');
  }, 60_000);
});
