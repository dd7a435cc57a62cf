/**
 * Failure modes pinned: any order of decisions, by the right and the wrong people, that the executor takes otherwise than
 * people expect; that changes something unpermitted or unsafe (I1 to I3); or after which a run cannot be ended any more.
 *
 * `LIFEBOAT_OPERATORS_SEED` draws other orders; a failure names its seed and its path.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Estate } from '../../estate/schema.ts';
import { refusal } from '../../kernel/errors.ts';
import { ENDED } from '../../kernel/run/state.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { stepCallOf } from './harness/disturb.ts';
import { watchPermits } from './harness/permits-watch.ts';
import { type Harness, oneEntrance, startHarness } from './harness.ts';
import {
  abort,
  answer,
  approve,
  breakSteps,
  COMMANDS,
  type Command,
  pause,
  type Real,
  timePasses,
} from './operators/commands.ts';
import { type Model, newModel } from './operators/model.ts';

const seed = Number(process.env['LIFEBOAT_OPERATORS_SEED'] ?? 1);
const ORDERS = 12;
const MOST_COMMANDS = 16;
/** More than the entries of any plan, each with a question and a pause. */
const MOST_TO_END = 60;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

/** Two approvals of two people; holds that nobody sits through, sampled seldom. */
function slowly(estate: Estate): Estate {
  const hold = { every: 5 * 60_000, for: 10 * 60_000 };
  return oneEntrance({
    ...estate,
    holds: { ...estate.holds, step: hold, commit: hold },
    approvals: { ...estate.approvals, minimum: { change: 'two-people', destroy: 'two-people' } },
  });
}

async function begin(): Promise<{ model: Model; real: Real }> {
  const stage = harness.stage({ change: slowly });
  const unpermitted: string[] = [];
  const steps = { fail: false };
  const permits = watchPermits(stage, unpermitted);
  stage.around = async (call, next) => {
    const step = stepCallOf(call);
    const looks = step === undefined || step.stepId.startsWith('probe:') || step.name === 'traffic.slo';
    if (steps.fail && !looks && step.direction === 'do') {
      throw refusal('disturbed', `${step.name} was disturbed by the test.`, step.stepId, 'Nothing; a test did it.');
    }
    return permits(call, next);
  };
  const running = await harness.atGate(stage);
  const real: Real = { harness, stage, running, recorded: [], unpermitted, steps, oldPlan: undefined };
  return { model: newModel((await running.plan()).plan?.core.entries ?? []), real };
}

/** What an operator does who wants it done, or who wants it over. */
function wayOut({ where, paused, approvedBy, pivoted }: Model, forward: boolean): Command {
  if (where === 'question') return answer('ada', { choice: 'retry', reason: '', old: false });
  if (!forward && !pivoted) return abort('ada');
  if (paused) return pause('ada', 'resume');
  return where === 'gate' ? approve(approvedBy.has('ben') ? 'cho' : 'ben') : timePasses;
}

async function bringToItsEnd(model: Model, real: Real, forward: boolean): Promise<void> {
  if (model.broken && model.where !== 'over') await breakSteps(false).run(model, real);
  for (let turn = 0; model.where !== 'over'; turn += 1) {
    if (turn > MOST_TO_END) throw new Error(`It cannot be ended: ${model.where}`);
    await wayOut(model, forward).run(model, real);
  }
}

describe('decisions in any order', () => {
  it(`are taken as people expect, break nothing, and leave a way to an end (seed ${seed})`, async () => {
    const reached = new Set<string>();
    const commands = fc.commands(COMMANDS, { maxCommands: MOST_COMMANDS, size: 'max' });
    await fc.assert(
      fc.asyncProperty(commands, fc.boolean(), fc.boolean(), async (order, approved, forward) => {
        const { model, real } = await begin();
        const start = outcomeOf(real.stage.world);
        if (approved) for (const who of ['ben', 'cho'] as const) await approve(who).run(model, real);
        await fc.asyncModelRun(() => ({ model, real }), order);
        await bringToItsEnd(model, real, forward);
        const view = await real.running.state();
        reached.add(view.status);
        expect(ENDED).toContain(view.status);
        expect(view.epochs).not.toEqual({});
        if (view.status === 'aborted' || view.status === 'rejected') {
          const left = view.undo.filter(({ state }) => state !== 'undone');
          // What a way back moved stays, with all that it stands on; nothing else does.
          if (view.instead === null || left.length === 0) {
            expect(outcomeOf(real.stage.world)).toEqual(start);
            expect(left).toEqual([]);
          } else {
            expect(left.every(({ state }) => state === 'must-not')).toBe(true);
            expect(real.stage.world.traffic.get('items')?.shares['us-central1']).toBe(100);
          }
        }
      }),
      { seed, numRuns: ORDERS, endOnFailure: true },
    );
    // Orders that all end alike would not say much.
    expect(reached.size).toBeGreaterThanOrEqual(2);
  }, 120_000);

  it.each([true, false])(
    'give everything back in the ladder, and then go on or abort (on: %s)',
    async (forward) => {
      const { model, real } = await begin();
      const both = [approve('ben'), approve('cho')];
      const giveBack = answer('dan', { choice: 'give-back', reason: '', old: false });
      const order = [...both, breakSteps(true), timePasses, giveBack, breakSteps(false), ...both];
      for (const one of order) await one.run(model, real);
      expect(model).toMatchObject({ attempt: 2, where: 'hold' });
      await bringToItsEnd(model, real, forward);
      expect((await real.running.state()).status).toBe(forward ? 'done' : 'aborted');
      expect(real.stage.world.traffic.get('items')?.shares).toEqual({ 'us-central1': 100, 'europe-west1': 0 });
    },
    60_000,
  );
});
