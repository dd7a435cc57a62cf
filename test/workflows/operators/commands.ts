/** What operators, the estate and time can do to a run: each command knows what the model expects of it. */
import fc from 'fast-check';
import type { SignedDecision } from '../../../kernel/decision/decision.ts';
import type { Entry } from '../../../kernel/plan/plan.ts';
import type { Choice } from '../../../kernel/run/state.ts';
import type { DecideOptions, Harness, Running, Stage, Who } from '../harness.ts';
import type { Model } from './model.ts';
import * as model from './model.ts';

export interface Real {
  readonly harness: Harness;
  readonly stage: Stage;
  readonly running: Running;
  /** Decisions that were recorded, in their order. */
  readonly recorded: SignedDecision[];
  /** I2, beside what the stage watches. */
  readonly unpermitted: readonly string[];
  /** Whether every step fails that is not a look. */
  readonly steps: { fail: boolean };
  /** What the last plan but one was. */
  oldPlan: { readonly attempt: number; readonly planHash: string; readonly evidenceHash: string } | undefined;
}

export type Command = fc.AsyncCommand<Model, Real>;

/** Longer than a hold; a gate is read again after 5 s. */
const LONG_MS = 11 * 60_000;
const REPROBE_MS = 5_500;

function command(
  name: string,
  act: (one: Model, real: Real) => Promise<void>,
  possible: (one: Model) => boolean = () => true,
): Command {
  return {
    check: (one) => one.where !== 'over' && possible(one),
    async run(one, real) {
      await act(one, real);
      await agreement(one, real);
    },
    toString: () => name,
  };
}

/** Waits until the run stands where the model says; what must never be is checked there. */
async function agreement(one: Model, { harness, running, stage, unpermitted }: Real): Promise<void> {
  await harness.until(running, (view) => model.agrees(one, view));
  const broken = [...stage.watch.broken, ...unpermitted];
  if (broken.length > 0) throw new Error(broken.join('\n'));
}

/** Sends it, and compares the answer with the rule that the model expects. Answers whether it counts. */
async function decide(
  one: Model,
  real: Real,
  [kind, by, options]: Parameters<Running['decide']>,
  expected: string | undefined,
): Promise<boolean> {
  const signed = await real.running.signed(kind, by, options);
  const { refused, say } = await real.running.send(signed);
  if (refused !== expected) throw new Error(`Expected ${expected ?? 'to be recorded'}, was ${refused}: ${say}`);
  if (refused === undefined) {
    one.recorded += 1;
    real.recorded.push(signed);
  }
  return refused === undefined;
}

export const approve = (by: Who): Command =>
  command(`${by} approves`, async (one, real) => {
    if (await decide(one, real, ['approve', by], model.refusesApproval(one, by, false))) model.approve(one, by);
  });

const approveOld = (by: Who): Command =>
  command(
    `${by} approves the plan before`,
    async (one, real) => {
      const options: DecideOptions = { change: real.oldPlan ?? {} };
      await decide(one, real, ['approve', by, options], model.refusesApproval(one, by, true));
    },
    ({ attempt }) => attempt > 1,
  );

const reject = (by: Who, reason: string): Command =>
  command(`${by} rejects${reason && ', with a reason'}`, async (one, real) => {
    const expected = model.refusesRejection(one, by, reason);
    if (await decide(one, real, ['reject', by, { reason }], expected)) model.reject(one);
  });

export const pause = (by: Who, to: 'pause' | 'resume'): Command =>
  command(`${by}: ${to}`, async (one, real) => {
    if (await decide(one, real, [to, by], model.refusesPause(one, by, to))) model.pause(one, to);
  });

export const answer = (by: Who, given: model.Answer): Command =>
  command(
    `${by} answers${given.old ? ' an old question' : ''}: ${given.choice} (${given.reason})`,
    async (one, real) => {
      const { choice, reason, old } = given;
      const before = await planNow(real);
      const options: DecideOptions = { choice, reason, ...(old ? { change: { target: 'q0' } } : {}) };
      if (!(await decide(one, real, ['resolve', by, options], model.refusesAnswer(one, by, given)))) return;
      model.answer(one, choice, choice === 'replan' || choice === 'give-back' ? await nextPlan(real, before) : []);
    },
  );

export const abort = (by: Who): Command =>
  command(`${by} aborts`, async (one, real) => {
    await real.running.abort(by);
    if (model.abort(one, by)) one.recorded += 1;
  });

const again = (which: number): Command =>
  command(`decision ${which} is sent again`, async (one, real) => {
    const signed = real.recorded[which % Math.max(1, real.recorded.length)];
    if (!signed) return;
    const { refused } = await real.running.send(signed);
    if (refused !== 'duplicate') throw new Error(`A decision sent twice was ${refused ?? 'recorded'} (${one.where}).`);
  });

export const breakSteps = (broken: boolean): Command =>
  command(broken ? 'steps fail from now on' : 'steps work again', async (one, real) => {
    one.broken = broken;
    real.steps.fail = broken;
  });

export const timePasses: Command = command('time passes', async (one, real) => {
  await real.harness.environment.sleep(one.where === 'gate' ? REPROBE_MS : LONG_MS);
  model.timePasses(one);
});

/** A changed estate file is planned anew. Not once something was changed: its undo is permitted on the old file only. */
const estateFileChanges: Command = command(
  'the estate file changes',
  async (one, real) => {
    const { stage } = real;
    const { holds } = stage.control;
    stage.control = { ...stage.control, holds: { ...holds, step: { ...holds.step, for: holds.step.for + 1_000 } } };
    const digest = `${one.attempt}`.padStart(64, 'e');
    stage.digests.control = digest;
    stage.digests.agents = digest;
    const before = await planNow(real);
    await real.harness.environment.sleep(REPROBE_MS);
    model.newPlan(one, await nextPlan(real, before));
    model.goOn(one);
  },
  ({ where, touched }) => where === 'gate' && !touched,
);

async function planNow({ running }: Real): Promise<{ attempt: number; planHash: string; evidenceHash: string }> {
  const { attempt, planHash, evidenceHash } = await running.plan();
  return { attempt, planHash, evidenceHash };
}

/** The entries of the plan after `before`, as its approvers are shown them. */
async function nextPlan(real: Real, before: NonNullable<Real['oldPlan']>): Promise<readonly Entry[]> {
  await real.harness.until(real.running, ({ attempt }) => attempt > before.attempt);
  real.oldPlan = before;
  return (await real.running.plan()).plan?.core.entries ?? [];
}

const who = fc.constantFrom<Who>('ada', 'ben', 'cho', 'dan');
const reason = fc.constantFrom('', 'known and harmless');
const choice = fc.constantFrom<Choice>('retry', 'skip', 'replan', 'give-back', 'abort');

/** In the order of fast-check's draws: what leads on stands more often than what ends the run. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.constant(approve('ben')),
  fc.constant(approve('cho')),
  who.map(approve),
  who.map(approveOld),
  fc.tuple(who, reason).map(([by, why]) => reject(by, why)),
  who.map((by) => pause(by, 'pause')),
  who.map((by) => pause(by, 'resume')),
  fc.constant(pause('dan', 'pause')),
  fc.constant(pause('ada', 'resume')),
  fc
    .record({ choice, reason, old: fc.constantFrom(false, false, true) })
    .chain((given) => who.map((by) => answer(by, given))),
  fc
    .constantFrom<Choice>('retry', 'skip', 'replan', 'give-back')
    .map((one) => answer('dan', { choice: one, reason: 'so', old: false })),
  fc.constantFrom<Who>('ada', 'cho', 'cho').map(abort),
  fc.nat(20).map(again),
  fc.boolean().map(breakSteps),
  fc.constant(breakSteps(true)),
  fc.constant(timePasses),
  fc.constant(timePasses),
  fc.constant(estateFileChanges),
];
