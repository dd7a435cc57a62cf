/**
 * All servers of the lab, and what names given by a person mean: a target, a region (all in it), a system or a kind.
 *
 * A name that means nothing is refused with those that do, before anything is touched (I12).
 */
import { type LifeboatError, refusal } from '../kernel/errors.ts';
import { isRegion, REGIONS } from './places.ts';
import { SYSTEMS } from './systems/index.ts';
import type { LabServer, LabSystem } from './systems/system.ts';

/** A server with the system that it belongs to. */
export interface RegisteredServer extends LabServer {
  readonly system: LabSystem;
}

export const SERVERS: readonly RegisteredServer[] = SYSTEMS.flatMap((system) =>
  system.servers.map((server) => ({ ...server, system })),
);

export interface KnownNames {
  readonly systems: readonly string[];
  readonly regions: readonly string[];
  readonly kinds: readonly string[];
  readonly targets: readonly string[];
}

/** What a person may call things; a name stands in the first list that has it. */
export function knownNames(): KnownNames {
  const systems = SYSTEMS.map((system) => system.name);
  const targets = SERVERS.map((server) => server.target).filter((name) => !systems.includes(name));
  const kinds = [...new Set(SERVERS.map((server) => server.kind))].filter(
    (name) => !systems.includes(name) && !targets.includes(name),
  );
  return { systems, regions: REGIONS, kinds, targets };
}

/** The servers that a name means. Throws `lab-target` for a name that means nothing. */
export function serversNamed(name: string): readonly RegisteredServer[] {
  const found = SERVERS.filter((server) => server.target === name || (isRegion(name) && server.place === name));
  if (found.length > 0) return found;
  const together = SERVERS.filter((server) => server.system.name === name || server.kind === name);
  if (together.length > 0) return together;
  throw unknownName(name, Object.values(knownNames()).flat());
}

/**
 * The part of the lab that these names mean (each may be several, with commas between), with all that it needs, in the
 * order of the list. Throws `lab-target`.
 */
export function partOf(names: readonly string[]): readonly RegisteredServer[] {
  return withNeeds(splitNames(names).flatMap(serversNamed));
}

/** `['traffic,cassandra', 'load']` as three names. Throws `lab-target` where there is none. */
export function splitNames(names: readonly string[]): readonly string[] {
  const split = names.flatMap((name) => name.split(',')).map((name) => name.trim());
  const found = split.filter((name) => name !== '');
  if (found.length > 0) return found;
  throw refusal('lab-target', 'no part of the lab was named', names.join(' '), 'Name one, or leave the option away.');
}

/** The refusal of a name that is none of those known, with the nearest. */
export function unknownName(name: string, known: readonly string[]): LifeboatError {
  const nearest = nearestOf(name, known);
  const offer = nearest === undefined ? '' : `Did you mean ${nearest}? `;
  const mend = `${offer}Use one of: ${known.join(', ')}.`;
  return refusal('lab-target', `"${name}" names nothing in the lab`, name, mend);
}

/** Of a system that is needed all servers are: which of them would do is not the lab's to say. */
function withNeeds(chosen: readonly RegisteredServer[]): readonly RegisteredServer[] {
  const part = new Set<RegisteredServer>();
  const add = (server: RegisteredServer): void => {
    if (part.has(server)) return;
    part.add(server);
    for (const other of SERVERS.filter(({ system }) => server.needs.includes(system))) add(other);
  };
  for (const server of chosen) add(server);
  return SERVERS.filter((server) => part.has(server));
}

/** The known name that takes the fewest changed letters; none where more than a third would change. */
function nearestOf(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((one) => ({ one, changes: changesBetween(name.toLowerCase(), one) }))
    .sort((left, right) => left.changes - right.changes);
  const [best] = ranked;
  return best !== undefined && best.changes <= Math.ceil(best.one.length / 3) ? best.one : undefined;
}

/** Levenshtein's distance. */
function changesBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...right].entries()) {
      const swapped = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
