/** Which cells of the matrix are run: the same for the same seed, with every sort of boundary among them. */
import { randomFrom } from '../memory-estate/random.ts';
import { sortOf } from './boundaries.ts';
import type { Cell } from './cell.ts';
import type { Disturbance } from './faults.ts';

/** At most `count`; first one of each sort of boundary, then whatever the seed draws. */
export function drawCells(cells: readonly Cell[], count: number, seed: number): Cell[] {
  const drawn = randomFrom(seed).shuffled(cells);
  const sorts = new Set<string>();
  const first = drawn.filter(({ disturbances }) => {
    const fresh = disturbances.map(({ boundary }) => sortOf(boundary)).filter((sort) => !sorts.has(sort));
    for (const sort of fresh) sorts.add(sort);
    return fresh.length > 0;
  });
  return [...first, ...drawn.filter((cell) => !first.includes(cell))].slice(0, count);
}

/** `count` pairs of cells of one scenario at two boundaries, no pair twice. */
export function drawPairs(cells: readonly Cell[], count: number, seed: number): Cell[] {
  const random = randomFrom(seed);
  const pairs = new Map<string, Cell>();
  // Few of the draws fall out (two scenarios, or one boundary twice); a handful of cells may hold fewer pairs than wanted.
  for (let draws = 0; pairs.size < count && draws < count * 100; draws += 1) {
    const places = [random.int(cells.length), random.int(cells.length)].sort((a, b) => a - b);
    const [one, other] = places.map((place) => cells[place]);
    if (!one || !other || one.scenario !== other.scenario) continue;
    const disturbances = [...one.disturbances, ...other.disturbances];
    if (new Set(disturbances.map(({ boundary }) => JSON.stringify(boundary))).size < disturbances.length) continue;
    pairs.set(places.join(), { scenario: one.scenario, disturbances });
  }
  return [...pairs.values()];
}

/** The cells that wait longest begin first, so that the others are run meanwhile. */
export function slowFirst(cells: readonly Cell[]): Cell[] {
  return cells.toSorted((a, b) => waitOf(b) - waitOf(a));
}

function waitOf({ disturbances }: Cell): number {
  return disturbances.reduce((sum, one) => sum + waitAt(one), 0);
}

/** About how many seconds a run waits at it: for a time-out, or for an evidence to be read again. */
function waitAt({ boundary, kind }: Disturbance): number {
  if (boundary.at === 'control') return kind === 'answer-lost' ? 20 : 1;
  if (boundary.at !== 'probe') return 2;
  return { planning: 5, gate: 5, approval: 15, end: 1 }[boundary.when];
}
