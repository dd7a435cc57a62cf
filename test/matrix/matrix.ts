/**
 * The crash matrix: every step boundary of a plan × every way to disturb it. Every run must end in the same estate as the
 * undisturbed one, by itself or after "retry" at a clean stop-and-ask, with I1 to I3 watched at every effect (I9).
 *
 *   scenario.ts   what is run        faults.ts   how it is disturbed
 *   cell.ts       one disturbed run  main.ts     all of it, from the terminal
 */
import { isDeepStrictEqual } from 'node:util';
import { type Entry, type PlanCore, stepsOf } from '../../kernel/plan.ts';
import { randomFrom } from '../memory-estate/random.ts';
import { type Cell, type Outcome, type Place, runOnce } from './cell.ts';
import { type Boundary, CHANGE_FAULTS, CONTROL_FAULTS, type FaultKind, READ_FAULTS } from './faults.ts';
import type { Scenario } from './scenario.ts';

const CONTROL = ['run.open', 'run.plan', 'run.permits', 'lease.acquire', 'lease.release', 'run.record'];
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
  /** How many cells at a time; 1 where every task replays its whole history. */
  readonly sideBySide?: number;
  readonly wanted?: (cell: Cell) => boolean;
  readonly onCell?: (done: number, of: number) => void;
}

/** Enumerates the cells from the plans of undisturbed runs, then runs them. */
export async function runMatrix(place: Place, options: MatrixOptions): Promise<Report> {
  const startedAt = Date.now();
  const findings: Finding[] = [];
  const undisturbed = new Map<Scenario, Outcome>();
  const cells: Cell[] = [];
  for (const scenario of options.scenarios) {
    const outcome = await runBegun(place, scenario);
    undisturbed.set(scenario, outcome);
    const wanted = scenario.abortAt === undefined ? 'done' : 'aborted';
    const broken = outcome.status === wanted ? [...outcome.broken] : [`it ended ${outcome.status}`, ...outcome.broken];
    if (outcome.questions > 0) broken.push('undisturbed, it asked');
    if (broken.length > 0) findings.push({ cell: `${scenario.name}: undisturbed`, broken });
    cells.push(...cellsOf(scenario, outcome));
  }
  const possible = cells.filter(options.wanted ?? (() => true));
  const chosen = randomFrom(place.seed)
    .shuffled(possible)
    .slice(0, options.sample ?? possible.length);
  let questions = 0;
  let done = 0;
  const left = [...chosen];
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
    const outcome = await runBegun(place, cell.scenario, cell);
    const broken = [...outcome.broken];
    if (outcome.status !== good.status) broken.push(`it ended ${outcome.status} instead of ${good.status}`);
    if (!isDeepStrictEqual(outcome.world, good.world)) {
      broken.push(`I9: the estate is ${JSON.stringify(outcome.world)} instead of ${JSON.stringify(good.world)}`);
    }
    if (outcome.questions > 1) broken.push(`it asked ${outcome.questions} times`);
    return { questions: outcome.questions, broken };
  } catch (error) {
    return { questions: 0, broken: [error instanceof Error ? error.message : String(error)] };
  }
}

async function runBegun(place: Place, scenario: Scenario, cell?: Cell): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await runOnce(place, scenario, cell);
    if (outcome.begun || attempt === TRIES) return outcome;
  }
}

function cellsOf(scenario: Scenario, { core, undone }: Outcome): Cell[] {
  if (!core) return [];
  const boundaries: [Boundary, readonly FaultKind[]][] = [
    ...reached(core, scenario).flatMap((entry): [Boundary, readonly FaultKind[]][] => boundariesOf(entry)),
    ...undone.map((id): [Boundary, readonly FaultKind[]] => [
      { at: 'step', id, direction: 'undo', reads: false },
      CHANGE_FAULTS,
    ]),
    ...CONTROL.map((name): [Boundary, readonly FaultKind[]] => [{ at: 'control', name }, CONTROL_FAULTS]),
  ];
  return boundaries.flatMap(([boundary, kinds]) => kinds.map((kind) => ({ scenario, boundary, kind })));
}

/** What an aborted run does forward is the same as another scenario's; only its undo is its own. */
function reached(core: PlanCore, { abortAt }: Scenario): readonly Entry[] {
  return abortAt === undefined ? core.entries : [];
}

function boundariesOf(entry: Entry): [Boundary, readonly FaultKind[]][] {
  if (entry.kind === 'hold') {
    return [[{ at: 'step', id: entry.id, direction: 'do', reads: true }, ['fails-before', 'delivered-twice']]];
  }
  return stepsOf(entry).map(({ id, call }) => [
    { at: 'step', id, direction: 'do', reads: call.effect === 'read' },
    call.effect === 'read' ? READ_FAULTS : CHANGE_FAULTS,
  ]);
}

export function nameOf({ scenario, boundary, kind }: Cell): string {
  const where = boundary.at === 'control' ? boundary.name : `${boundary.direction} ${boundary.id}`;
  return `${scenario.name}: ${where}: ${kind}`;
}
