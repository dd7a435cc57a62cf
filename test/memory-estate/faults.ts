/** What tests do to the memory estate: the disasters, and their end. Times are milliseconds since 1970. */
import type { World } from './world.ts';

/** kill -9 of everything in it. Hints that it held for others are lost with it. */
export function killRegion(world: World, region: string, at: number): void {
  world.regions.set(region, 'dead');
  for (const one of world.services.values()) {
    if (one.region === region && one.admission === 'admitted') one.admission = 'unclean';
  }
  const kept = world.hints.filter(({ row }) => row.acknowledgedIn !== region);
  world.hints.splice(0, world.hints.length, ...kept);
  noteOutage(world, region, at);
}

/** Isolated: it goes on by itself, and its own clients are answered. */
export function cutRegion(world: World, region: string, at: number): void {
  world.regions.set(region, 'cut');
  noteOutage(world, region, at);
}

/** Started again, or reached again; what hints there are reach it. */
export function restoreRegion(world: World, region: string, at: number): void {
  world.regions.set(region, 'up');
  const delivered = world.hints.filter((hint) => hint.region === region || hint.row.acknowledgedIn === region);
  for (const { row, region: to } of delivered) row.on.add(to);
  const kept = world.hints.filter((hint) => !delivered.includes(hint));
  world.hints.splice(0, world.hints.length, ...kept);
  const outage = world.outages.get(region);
  if (outage) world.outages.set(region, { ...outage, answeredAgainAt: at });
}

/** The canary remembers the one before, too. */
function noteOutage(world: World, region: string, firstFailureAt: number): void {
  const last = world.outages.get(region);
  if (last?.answeredAgainAt === null) return;
  if (last) world.absences.set(region, [...(world.absences.get(region) ?? []), { ...last, node: null }]);
  world.outages.set(region, { firstFailureAt, answeredAgainAt: null });
}
