/** One run with its disturbances, steered by an operator (operator.ts) who aborts where the scenario says so. */
import type { Client } from '@temporalio/client';
import { passing } from '../../kernel/errors.ts';
import type { PlanView } from '../../kernel/plan/plan.ts';
import type { Opened } from '../../kernel/run/control.ts';
import { outcomeOf } from '../memory-estate/world.ts';
import { type Running, startRun } from '../workflows/harness/operator.ts';
import { watchPermits } from '../workflows/harness/permits-watch.ts';
import { type Around, createStage, type Stage } from '../workflows/harness/stage.ts';
import type { Workers } from '../workflows/harness/workers.ts';
import { CONTROL, type Course, type ProbeTime } from './boundaries.ts';
import { type Disturbance, inject, together } from './faults.ts';
import { createOperator } from './operator.ts';
import { QUICK_RUNBOOKS, type Scenario } from './scenario.ts';

export interface Cell {
  readonly scenario: Scenario;
  /** One; two where pairs are tried. */
  readonly disturbances: readonly Disturbance[];
}

/** What people read of a plan; the same for every estate of the same shape. */
export type Shown = Pick<PlanView, 'headline' | 'says'>;

export interface Outcome extends Course {
  readonly world: unknown;
  readonly status: string;
  /** Whether anything was changed, by what the run says and by what the world says. */
  readonly touched: boolean;
  /** Which disturbances fired, in their order. */
  readonly fired: readonly boolean[];
  readonly questions: number;
  /** Plans that were put before people. */
  readonly attempts: number;
  /** Everything that must not be, however it ended. */
  readonly broken: readonly string[];
  /** What was approved, before the turn and after it. */
  readonly shown: readonly Shown[];
}

export interface Place {
  readonly client: Client;
  readonly workers: Workers;
  readonly seed: number;
}

/** Evidence older than 10 s is read again after the approval (workflows/executor/planning.ts, FRESH_MS). */
const STALE_AFTER_MS = 10_200;

/** Runs a scenario to its end, undisturbed when there is no cell; approves only `wanted` where there is one, before the turn and after it. */
export async function runOnce(
  place: Place,
  scenario: Scenario,
  cell?: Cell,
  wanted: readonly Shown[] = [],
): Promise<Outcome> {
  const silenced = new Set<string>();
  const disturbances = cell?.disturbances ?? [];
  let turned = scenario.turn === undefined;
  const injections = disturbances.map((one) => inject(one, silenced, () => turned));
  const broken: string[] = [];
  const probes: string[] = [];
  const control = new Set<string>();
  const shown: Shown[] = [];
  const stage = createStage(place.client, place.workers, {
    seed: place.seed,
    change: scenario.change,
    runbooks: QUICK_RUNBOOKS,
    ...(injections.length > 0 ? { fault: together(injections) } : {}),
    silenced,
  });
  scenario.prepare(stage.world);
  stage.watch.renew();
  // Probes that are disturbed while the gate is open need a gate that stays open until then.
  const disturbedAt = (when: ProbeTime): boolean[] =>
    disturbances.flatMap(({ boundary }, index) =>
      boundary.at === 'probe' && boundary.when === when ? [injections[index]?.fired() ?? false] : [],
    );
  const operator = createOperator({
    approves({ plan }) {
      if (plan === null || (turned && disturbedAt('gate').includes(false))) return false;
      const place = scenario.turn && turned ? 1 : 0;
      const expected = wanted[place];
      if (expected && !isSame(plan.view, expected)) return false;
      shown[place] = shownOf(plan.view);
      return true;
    },
    ...(scenario.turn && {
      onTurn: () => {
        turned = true;
      },
    }),
  });
  let running: Running | undefined;
  stage.around = chain([
    operator.around,
    ...injections.map(({ around }) => around),
    watchPermits(stage, broken),
    rememberProbes(probes),
    async ({ name, input }, next) => {
      if (turned && CONTROL.includes(name)) control.add(name);
      return next(input);
    },
    disturbedAt('approval').length > 0 ? lateLease() : pass,
    abortAt(scenario, () => running),
    strikeAt(scenario, stage),
  ]);
  const start = { runbook: scenario.runbook, input: scenario.input, skipsTime: false };
  running = await startRun(place.client, stage, async () => Date.now(), start);
  const { view, questions } = await operator.steer(running);
  for (const injection of injections) await injection.drain();
  broken.push(...stage.watch.broken, ...injections.flatMap((one) => one.broken));
  const { world } = stage;
  // Asked only where it teaches something: a run that has ended is replayed for its answer.
  const plan = cell ? null : (await running.plan()).plan;
  return {
    world: outcomeOf(world),
    status: view.status,
    touched: view.touched || world.effects.length > 0,
    fired: injections.map((one) => one.fired()),
    questions,
    attempts: view.attempt,
    broken,
    core: plan?.core ?? null,
    shown,
    probes,
    control: [...control],
    undone: [...new Set(world.effects.flatMap(({ direction, stepId }) => (direction === 'undo' ? [stepId] : [])))],
  };
}

const shownOf = ({ headline, says }: PlanView): Shown => ({ headline, says });

function isSame(view: PlanView, wanted: Shown): boolean {
  return JSON.stringify(shownOf(view)) === JSON.stringify(wanted);
}

const pass: Around = ({ input }, next) => next(input);

/** The first stands outermost. */
function chain(all: readonly Around[]): Around {
  return (call, inner) =>
    all.reduceRight<(input: unknown) => Promise<unknown>>(
      (next, around) => (input) => around({ ...call, input }, next),
      inner,
    )(call.input);
}

function rememberProbes(probes: string[]): Around {
  return async ({ name, input }, next) => {
    const answer = await next(input);
    if (name === 'run.open') probes.splice(0, probes.length, ...Object.keys((answer as Opened).probes));
    return answer;
  };
}

/** Well within what a control activity may take; together its tries are late enough. */
const LATE_TRY_MS = 4_000;

/** The gate opens so late that its evidence is old by then. */
function lateLease(): Around {
  let firstAt: number | undefined;
  return async ({ name, input }, next) => {
    if (name !== 'lease.acquire') return next(input);
    firstAt ??= Date.now();
    const restMs = firstAt + STALE_AFTER_MS - Date.now();
    if (restMs <= 0) return next(input);
    await new Promise((resolve) => setTimeout(resolve, Math.min(restMs, LATE_TRY_MS)));
    if (restMs > LATE_TRY_MS) throw passing('late', 'Not yet.', name, 'Nothing; a test did it.');
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

function strikeAt({ turn }: Scenario, stage: Stage): Around {
  let struck = false;
  return async ({ input }, next) => {
    const { stepId } = (input ?? {}) as { stepId?: string };
    if (turn !== undefined && stepId === turn.at && !struck) {
      struck = true;
      turn.strike(stage.world);
      stage.watch.renew();
    }
    return next(input);
  };
}
