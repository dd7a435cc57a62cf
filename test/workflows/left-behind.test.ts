/**
 * What a run leaves. Failure modes pinned: a run that ends as "done" while something is owed, unproven, or left over from a
 * way that was given up; an aborted run that leaves a region in service and names no next command.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusal } from '../../kernel/errors.ts';
import { endText, leftText } from '../../kernel/run/left.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { nextAfter } from '../../kernel/run/words.ts';
import { afterFailover } from '../matrix/scenario.ts';
import { cutRegion, killRegion, restoreRegion } from '../memory-estate/faults.ts';
import { failing } from './harness/disturb.ts';
import { givesBack } from './harness/giving-back.ts';
import { busy, type Harness, oneEntrance, type Running, type Stage, startHarness } from './harness.ts';

const US = 'us-central1';
const EU = 'europe-west1';
const LOOKS = 500;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

const lastSaid = ({ timeline }: RunView) => timeline.find(({ kind }) => kind === 'ended')?.say ?? '';
const admission = (stage: Stage, region: string) => stage.world.services.get(`items@${region}`)?.admission;

async function commandAfter(running: Running, view: RunView): Promise<string | undefined> {
  const { plan } = await running.plan();
  return plan ? nextAfter(plan, view)?.command : undefined;
}

describe('an aborted failback', () => {
  it('whose readmission could not be taken back says that the region stays in service, and what keeps it out', async () => {
    const stage = harness.stage({ change: oneEntrance });
    afterFailover(stage.world, await harness.now());
    stage.watch.renew();
    stage.around = failing(({ direction, stepId }) => direction === 'undo' && stepId === 'readmit/items');
    const running = await harness.approved(stage, { runbook: 'failback', input: {} });
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-10', LOOKS);
    await running.abort('ada');
    await harness.reaches(running, 'question', LOOKS);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'its agent hangs' });
    const ended = await harness.ends(running);
    expect(admission(stage, US)).toBe('admitted');
    expect(ended.left).toMatchObject([{ kind: 'kept', id: 'readmit/items', say: `Readmit items in ${US}` }]);
    const mend = ended.ending?.mend ?? '';
    expect(mend).not.toContain('What was changed was taken back');
    expect(mend).toContain(`Not taken back: Readmit items in ${US}`);
    expect(mend).toContain(`${US} stays readmitted and calls itself healthy`);
    expect(mend).toContain(`\`run failover from=${US} to=${EU}\``);
    expect(await commandAfter(running, ended)).toBe(`run failover from=${US} to=${EU}`);
    expect(stage.records.at(-1)?.state.left).toEqual(ended.left);
    // And that command does it.
    stage.around = undefined;
    const out = await harness.approved(stage, { input: { from: US } });
    const { plan } = await out.plan();
    expect(plan?.view.headline).toBe(`Withhold ${US}; its traffic is at ${EU} already`);
    expect((await harness.ends(out)).status).toBe('done');
    expect(admission(stage, US)).toBe('withheld');
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);
});

describe('a run that is done', () => {
  it('and owes something says so first, with what does it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    killRegion(stage.world, US, await harness.now());
    stage.watch.renew();
    const running = await harness.approved(stage);
    const ended = await harness.ends(running);
    expect(endText(ended)).toBe('done, with 1 owed');
    expect(lastSaid(ended)).toMatch(/^Done, with 1 owed; still owed: Let items in us-central1/);
    expect(lastSaid(ended)).toContain(`when it answers, it is withheld by: \`run failover from=${US} to=${EU}\``);
    expect(await commandAfter(running, ended)).toBe(`run failback region=${US}`);
  }, 30_000);

  it('without a proof that was skipped says so first, with the proof, and what proves it', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ stepId, direction }) => direction === 'do' && stepId.startsWith('prove/canary'));
    const running = await harness.approved(stage);
    await harness.reaches(running, 'question', LOOKS);
    await running.decide('resolve', 'ada', { choice: 'skip', reason: 'a node is frozen' });
    const ended = await harness.ends(running);
    expect(endText(ended)).toMatch(/^done, unproven: A new canary .* of europe-west1 reads back$/);
    expect(ended.left.map(leftText)[0]).toContain(`\`run failover from=${US} to=${EU}\``);
  }, 30_000);

  it('and left nothing says no more than that', async () => {
    const stage = harness.stage({ change: oneEntrance });
    const ended = await harness.ends(await harness.approved(stage));
    expect(ended.left).toEqual([]);
    expect(endText(ended)).toBe('done');
    expect(lastSaid(ended)).toBe('Done: every step and every proof held');
  }, 30_000);
});

describe('room in a region that died', () => {
  it('is told at the end of the give-back, and given back by the failback that it names', async () => {
    const stage = harness.stage({ change: (estate) => oneEntrance(busy(estate)) });
    const usual = stage.world.services.get(`items@${EU}`)?.workers;
    const running = await harness.approved(stage);
    await harness.until(running, ({ hold }) => hold?.id === 'shift/watch-50', LOOKS);
    expect(stage.world.services.get(`items@${EU}`)?.workers).not.toBe(usual);
    killRegion(stage.world, EU, await harness.now());
    stage.watch.renew();
    await harness.reaches(running, 'question', LOOKS);
    await givesBack(harness, running);
    await running.decide('approve', 'ben');
    const ended = await harness.ends(running);
    expect(ended.status).toBe('done');
    expect(ended.left.map(({ kind, id }) => [kind, id])).toContainEqual(['kept', 'room/items']);
    expect(endText(ended)).toContain('1 left over');
    expect(lastSaid(ended)).toContain(`${EU} keeps more workers than it has as a rule`);
    expect(lastSaid(ended)).toContain(`\`run failback region=${EU}\``);
    restoreRegion(stage.world, EU, await harness.now());
    stage.watch.renew();
    const back = await harness.approved(stage, { runbook: 'failback', input: { region: EU } });
    expect((await harness.ends(back)).status).toBe('done');
    expect(stage.world.services.get(`items@${EU}`)?.workers).toBe(usual);
    expect(stage.watch.broken).toEqual([]);
  }, 60_000);
});

describe('a step whose permits no control worker signs', () => {
  it('is asked about as not begun', async () => {
    const stage = harness.stage({ change: oneEntrance });
    let silent = true;
    stage.around = async ({ name, input }, next) => {
      if (name === 'run.permits' && silent)
        throw refusal('control-silent', 'No sign of life.', 'lab.control', 'Start one.');
      return next(input);
    };
    const running = await harness.approved(stage);
    const { question } = await harness.reaches(running, 'question', LOOKS);
    expect(question?.say).toMatch(/: it was not begun\.$/);
    silent = false;
    await running.decide('resolve', 'ada', { choice: 'retry' });
    expect((await harness.ends(running)).status).toBe('done');
  }, 60_000);
});

describe('a region that is cut off from who asks, while its users are served', () => {
  it('is not left at once: the plan says that nothing need be moved', async () => {
    const stage = harness.stage({ change: oneEntrance });
    stage.around = failing(({ name, direction, stepId }) => {
      return name === 'services.health' && direction === 'do' && stepId === 'probe:here/items';
    }, Number.POSITIVE_INFINITY);
    const running = await harness.atGate(stage);
    const { plan } = await running.plan();
    expect(plan?.view.headline).toMatch(/, in steps$/);
    expect(plan?.view.warnings.join(' ')).toContain(
      'cut off from each other, rather than one dead. Nothing need be moved',
    );
    cutRegion(stage.world, EU, await harness.now());
    await running.abort('ada');
    expect((await harness.ends(running)).status).toBe('aborted');
  }, 30_000);
});
