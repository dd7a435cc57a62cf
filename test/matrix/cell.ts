/** One run with one disturbance, steered by an operator who approves, answers every question with "retry", and aborts. */
import type { Client } from '@temporalio/client';
import { checkPermit } from '../../kernel/permit.ts';
import type { PlanCore } from '../../kernel/plan.ts';
import { ENDED, type RunView } from '../../kernel/run-state.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { type Running, startRun } from '../workflows/harness/operator.ts';
import { SIGNER } from '../workflows/harness/people.ts';
import { type Around, createStage, type Stage } from '../workflows/harness/stage.ts';
import type { Workers } from '../workflows/harness/workers.ts';
import { type Boundary, type FaultKind, inject } from './faults.ts';
import { QUICK_RUNBOOKS, type Scenario } from './scenario.ts';

export interface Cell {
  readonly scenario: Scenario;
  readonly boundary: Boundary;
  readonly kind: FaultKind;
}

export interface Outcome {
  readonly world: unknown;
  readonly status: string;
  /** False when it was refused before anything was disturbed or changed. */
  readonly begun: boolean;
  readonly questions: number;
  /** Everything that must not be; empty when the cell is good. */
  readonly broken: readonly string[];
  readonly core: PlanCore | null;
  /** Steps that were taken back, by id. */
  readonly undone: readonly string[];
}

export interface Place {
  readonly client: Client;
  readonly workers: Workers;
  readonly seed: number;
}

/** Real time; a run that takes longer has hung. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 60;
/** A run that has called nothing for this long may be waiting for people. */
const QUIET_MS = 400;
/** Before the approval a run makes calls until it stands at its gate. */
const SETTLED_MS = 100;

/** Runs a scenario to its end, undisturbed when there is no cell. */
export async function runOnce(place: Place, scenario: Scenario, cell?: Cell): Promise<Outcome> {
  const silenced = new Set<string>();
  const injection = cell && inject(cell.kind, cell.boundary, silenced);
  const broken: string[] = [];
  const last = { callAt: Date.now() };
  const stage = createStage(place.client, place.workers, {
    seed: place.seed,
    change: scenario.change,
    runbooks: QUICK_RUNBOOKS,
    ...(injection ? { fault: injection.fault } : {}),
    silenced,
  });
  scenario.prepare(stage.world);
  stage.watch.renew();
  const permits = watchPermits(stage, broken);
  let running: Running | undefined;
  const abort = abortAt(scenario, () => running);
  stage.around = chain([
    async ({ input }, next) => {
      last.callAt = Date.now();
      try {
        return await next(input);
      } finally {
        last.callAt = Date.now();
      }
    },
    ...(injection ? [injection.around] : []),
    permits,
    abort,
  ]);
  const start = { runbook: scenario.runbook, input: scenario.input };
  running = await startRun(place.client, stage, async () => Date.now(), start);
  const { view, questions } = await steer(running, last);
  await injection?.drain();
  const { plan } = await running.plan();
  if (injection && !injection.fired()) broken.push('the fault never fired');
  broken.push(...stage.watch.broken, ...(injection?.broken ?? []));
  return {
    world: outcomeOf(stage.world),
    status: view.status,
    begun: view.status !== 'refused' || stage.world.effects.length > 0 || (injection?.fired() ?? false),
    questions,
    broken,
    core: plan?.core ?? null,
    undone: [
      ...new Set(stage.world.effects.flatMap(({ direction, stepId }) => (direction === 'undo' ? [stepId] : []))),
    ],
  };
}

/** The first stands outermost. */
function chain(all: readonly Around[]): Around {
  return (call, inner) =>
    all.reduceRight<(input: unknown) => Promise<unknown>>(
      (next, around) => (input) => around({ ...call, input }, next),
      inner,
    )(call.input);
}

/** I2: every effect was made under a permit that fits it, checked here again and by itself. */
function watchPermits({ world, digest }: Stage, broken: string[]): Around {
  const sent = new Map<string, { permit: unknown; args: never; name: string }>();
  const key = (one: { stepId: string; direction: string; epoch: number; seq: number }): string =>
    `${one.direction}/${one.stepId}/${one.epoch}/${one.seq}`;
  world.watchers.push(({ run, stepId, direction, fence, at }) => {
    const call = sent.get(key({ stepId, direction, epoch: fence.epoch, seq: fence.seq }));
    if (!call) {
      broken.push(`I2: ${direction} ${stepId} had an effect that no call asked for`);
      return;
    }
    const { scope, epoch } = fence;
    const use = { estateDigest: digest, run, stepId, direction, scope, epoch, now: at };
    try {
      checkPermit(call.permit, { ...use, call: { step: call.name, args: call.args } }, [SIGNER.publicKey]);
    } catch (error) {
      broken.push(`I2: ${direction} ${stepId}: ${String(error)}`);
    }
  });
  return async ({ name, input }, next) => {
    const { stepId, direction, fence, permit, args } = (input ?? {}) as {
      stepId?: string;
      direction?: string;
      fence?: { epoch: number; seq: number } | null;
      permit?: unknown;
      args?: never;
    };
    if (stepId && direction && fence && args) sent.set(key({ stepId, direction, ...fence }), { permit, args, name });
    return next(input);
  };
}

function abortAt({ abortAt: entry }: Scenario, running: () => Running | undefined): Around {
  let aborted = false;
  return async ({ input }, next) => {
    const { stepId } = (input ?? {}) as { stepId?: string };
    if (entry !== undefined && stepId === entry && !aborted) {
      aborted = true;
      await running()?.abort('ada', { reason: 'the matrix says so' });
    }
    return next(input);
  };
}

/** Undefined while a busy machine answers no query in time; the next look may. */
async function look(running: Running): Promise<RunView | undefined> {
  return running.state().catch(() => undefined);
}

/** Whether it was recorded; one that the run no longer waits for is refused, and that is fine. */
async function decide(running: Running, ...decision: Parameters<Running['decide']>): Promise<boolean> {
  return running.decide(...decision).then(
    ({ refused }) => refused === undefined,
    () => false,
  );
}

/** Approves the gate, and answers every question with "retry". Looks only when the run has been quiet. */
async function steer(running: Running, last: { callAt: number }): Promise<{ view: RunView; questions: number }> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  let questions = 0;
  let ended = false;
  const result: Promise<RunView> = running.handle.result();
  result.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  let approved = false;
  while (!ended) {
    if (Date.now() > giveUpAt) throw new Error(`It hung: ${JSON.stringify((await look(running))?.timeline.slice(-6))}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (ended || Date.now() - last.callAt < (approved ? QUIET_MS : SETTLED_MS)) continue;
    const view = await look(running);
    if (!view) continue;
    if (ENDED.includes(view.status)) break;
    if (view.status === 'gate') approved = (await decide(running, 'approve', 'ben')) || approved;
    if (view.status === 'question' && (await decide(running, 'resolve', 'ada', { choice: 'retry' }))) questions += 1;
    last.callAt = Date.now();
  }
  return { view: await result, questions };
}
