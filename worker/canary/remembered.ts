/**
 * Outages that are remembered until a repair covers them, in a list of bounded length. Pure.
 *
 * Must never happen: an outage is dropped to make room. The two that lie closest together become one, which is longer than
 * both: it takes a later repair to cover it, and it is never younger than what it stands for.
 */
import { z } from 'zod';

/** Milliseconds since 1970; it goes on while it has no end. */
export const Outage = z.strictObject({ firstFailureAt: z.number(), answeredAgainAt: z.number().nullable() });
export type Outage = z.infer<typeof Outage>;

/** Per region or node; an estate that is repaired within gc_grace has a few. */
export const MOST_REMEMBERED = 32;

/** The list with this outage in it, in place of its earlier state where it had begun before; oldest first. */
export function remember(list: readonly Outage[], outage: Outage): Outage[] {
  const others = list.filter(({ firstFailureAt }) => firstFailureAt !== outage.firstFailureAt);
  const all = [...others, outage].sort((a, b) => a.firstFailureAt - b.firstFailureAt);
  while (all.length > MOST_REMEMBERED) joinClosest(all);
  return all;
}

function joinClosest(all: Outage[]): void {
  const gaps = all.slice(1).map((later, index) => later.firstFailureAt - endOf(all[index]));
  const at = gaps.indexOf(Math.min(...gaps));
  const [first, second] = all.slice(at, at + 2);
  if (first && second) all.splice(at, 2, joined(first, second));
}

function joined(first: Outage, second: Outage): Outage {
  const endedAt = Math.max(endOf(first), endOf(second));
  return { firstFailureAt: first.firstFailureAt, answeredAgainAt: Number.isFinite(endedAt) ? endedAt : null };
}

function endOf(outage: Outage | undefined): number {
  return outage?.answeredAgainAt ?? Number.POSITIVE_INFINITY;
}

/** What was over when a repair of everything began, that repair has given to all replicas. */
export function uncovered(list: readonly Outage[], repairedSince: number): Outage[] {
  return list.filter((one) => endOf(one) > repairedSince);
}

/** Whether one lies within the other. */
export function within(inner: Outage, outer: Outage): boolean {
  return inner.firstFailureAt >= outer.firstFailureAt && endOf(inner) <= endOf(outer);
}
