/**
 * The crash matrix: every boundary of a run × every way to disturb it, one at a time or in pairs. Every run must end in
 * the same estate as the undisturbed one, by itself or after "retry" at a clean stop-and-ask, with I1 to I3 watched at
 * every effect (I9); or be refused before anything was touched, where a probe of its first plan was disturbed (I12).
 *
 *   scenario.ts   what is run           boundaries.ts  where it is disturbed
 *   faults.ts     how                   operator.ts    who steers it
 *   cell.ts       one disturbed run     sample.ts      which cells
 *   main.ts       all of it, from the terminal
 */
import { isDeepStrictEqual } from 'node:util';
import { boundariesOf, isFlapping, placeOf } from './boundaries.ts';
import { type Cell, type Outcome, type Place, runOnce } from './cell.ts';
import {
  CHANGE_FAULTS,
  CONTROL_FAULTS,
  type Disturbance,
  FLAPS,
  HOLD_FAULTS,
  PROBE_FAULTS,
  READ_FAULTS,
} from './faults.ts';
import { drawCells, drawPairs, slowFirst } from './sample.ts';
import type { Scenario } from './scenario.ts';

/** A cell waits more than it works; more of them than this starve each other's probes on two cores. */
const SIDE_BY_SIDE = 14;
/** A run whose probes got no answer in time, on a starved machine, is refused cleanly and says nothing about its cell. */
const TRIES = 4;

export interface Finding {
  readonly cell: string;
  readonly broken: readonly string[];
}

export interface Report {
  readonly cells: number;
  readonly ran: number;
  readonly questions: number;
  readonly findings: readonly Finding[];
  readonly ms: number;
}

export interface MatrixOptions {
  readonly scenarios: readonly Scenario[];
  /** At most this many cells, drawn by the seed; all when left out. */
  readonly sample?: number;
  /** So many runs more, drawn by the seed, that are disturbed at two boundaries each. */
  readonly pairs?: number;
  /** How many cells at a time; 1 where every task replays its whole history. */
  readonly sideBySide?: number;
  readonly wanted?: (cell: Cell) => boolean;
  readonly onCell?: (done: number, of: number) => void;
}

/** Enumerates the cells from the courses of undisturbed runs, then runs them. */
export async function runMatrix(place: Place, options: MatrixOptions): Promise<Report> {
  const startedAt = Date.now();
  const findings: Finding[] = [];
  const undisturbed = new Map<Scenario, Outcome>();
  const learn = async (scenario: Scenario): Promise<Cell[]> => {
    const outcome = await runBegun(place, scenario);
    undisturbed.set(scenario, outcome);
    const broken = [...outcome.broken];
    const wanted = scenario.abortAt === undefined ? 'done' : 'aborted';
    if (outcome.status !== wanted) broken.push(`it ended ${outcome.status}`);
    if (outcome.questions !== asked(scenario)) broken.push(`undisturbed, it asked ${outcome.questions} times`);
    if (broken.length > 0) findings.push({ cell: `${scenario.name}: undisturbed`, broken });
    return cellsOf(scenario, outcome);
  };
  const cells = (await Promise.all(options.scenarios.map(learn))).flat();
  const possible = cells.filter(options.wanted ?? (() => true));
  const chosen = [
    ...drawCells(possible, options.sample ?? possible.length, place.seed),
    ...drawPairs(possible, options.pairs ?? 0, place.seed),
  ];
  let questions = 0;
  let done = 0;
  const left = slowFirst(chosen);
  const lanes = Array.from({ length: options.sideBySide ?? SIDE_BY_SIDE }, async () => {
    for (let cell = left.shift(); cell; cell = left.shift()) {
      const good = undisturbed.get(cell.scenario);
      const outcome = good && (await runCell(place, cell, good));
      questions += outcome?.questions ?? 0;
      if (outcome && outcome.broken.length > 0) findings.push({ cell: nameOf(cell), broken: outcome.broken });
      done += 1;
      options.onCell?.(done, chosen.length);
    }
  });
  await Promise.all(lanes);
  return { cells: possible.length, ran: chosen.length, questions, findings, ms: Date.now() - startedAt };
}

async function runCell(place: Place, cell: Cell, good: Outcome): Promise<Pick<Outcome, 'questions' | 'broken'>> {
  try {
    const outcome = await runBegun(place, cell.scenario, cell, good);
    return { questions: outcome.questions, broken: [...outcome.broken, ...differences(cell, outcome, good)] };
  } catch (error) {
    return { questions: 0, broken: [error instanceof Error ? error.message : String(error)] };
  }
}

/** What is not as it was in the undisturbed run, though it must be. */
function differences(cell: Cell, outcome: Outcome, good: Outcome): string[] {
  if (outcome.status === 'refused' && cell.disturbances.some(mayRefuse)) {
    return outcome.touched ? ['it was refused after something had been touched'] : [];
  }
  const broken: string[] = [];
  cell.disturbances.forEach(({ boundary }, index) => {
    if (outcome.fired[index] !== true) broken.push(`the fault at ${placeOf(boundary)} never fired`);
  });
  if (outcome.status !== good.status) broken.push(`it ended ${outcome.status} instead of ${good.status}`);
  if (!isDeepStrictEqual(outcome.world, good.world)) {
    broken.push(`I9: the estate is ${JSON.stringify(outcome.world)} instead of ${JSON.stringify(good.world)}`);
  }
  if (mustPass(cell) && outcome.attempts > good.attempts) broken.push('the plan that people looked at was replaced');
  if (outcome.questions > asked(cell.scenario) + cell.disturbances.length)
    broken.push(`it asked ${outcome.questions} times`);
  return broken;
}

/** The question by which everything is given back. */
function asked({ turn }: Scenario): number {
  return turn ? 1 : 0;
}

/** Without an answer to a probe of the first plan there may be no plan: then the run ends before it begins. */
function mayRefuse({ boundary, kind }: Disturbance): boolean {
  return (
    boundary.at === 'probe' && boundary.when === 'planning' && kind !== 'delivered-twice' && kind !== 'stale-worker'
  );
}

/** Whether nobody may notice: what people approved outlives it. */
function mustPass({ disturbances }: Cell): boolean {
  return disturbances.every(({ kind }) => kind === 'flap' || kind === 'stale-worker');
}

/** Again where a run was refused that nothing had disturbed, or where starved probes made a plan that nothing else would. */
async function runBegun(place: Place, scenario: Scenario, cell?: Cell, good?: Outcome): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await runOnce(place, scenario, cell, good?.shown);
    const begun = outcome.status !== 'refused' || outcome.touched || outcome.fired.includes(true);
    const replaced = cell && good && mustPass(cell) && outcome.attempts > good.attempts;
    if ((begun && !replaced) || attempt === TRIES) return outcome;
  }
}

function cellsOf(scenario: Scenario, course: Outcome): Cell[] {
  return boundariesOf(scenario, course).flatMap((boundary) =>
    kindsAt(boundary).map((kind): Cell => ({ scenario, disturbances: [{ boundary, kind }] })),
  );
}

function kindsAt(boundary: Disturbance['boundary']): readonly Disturbance['kind'][] {
  switch (boundary.at) {
    case 'step':
      return boundary.reads ? READ_FAULTS : CHANGE_FAULTS;
    case 'hold':
      return HOLD_FAULTS;
    case 'probe':
      return isFlapping(boundary) ? [...PROBE_FAULTS, ...FLAPS] : PROBE_FAULTS;
    case 'control':
      return CONTROL_FAULTS;
  }
}

export function nameOf({ scenario, disturbances }: Cell): string {
  const all = disturbances.map(({ boundary, kind }) => `${placeOf(boundary)}: ${kind}`);
  return `${scenario.name}: ${all.join(' + ')}`;
}
