/**
 * When a region, or one node of it, was away, as seen from outside. Pure.
 *
 * A coordinator fails from its first failed write that began after the last acknowledged write of those that are watched
 * together (through any of them). They are out when all of them fail so at once; the outage began (`firstFailureAt`) when
 * the first of those failed writes began, and ended (`answeredAgainAt`) when the last coordinator acknowledged again.
 * So one dead node is no outage of its region, and neither is a write that timed out while later ones were acknowledged.
 * What was never seen to answer has no outage: there is nothing to measure it against (I11). What fails again soon after it
 * answered has not come back: the outage goes on, with its first time.
 *
 * Every outage is remembered until it is said to be covered by a repair (`forget`): a later one never hides it.
 */
import { z } from 'zod';
import { Outage, remember, uncovered } from './remembered.ts';

/** Nodes that start on a busy machine answer, and then not, for some seconds; a shorter outage must not hide a long one. */
export const RELAPSE_MS = 30_000;

export interface Write {
  readonly coordinator: string;
  readonly acknowledged: boolean;
  readonly beganAt: number;
  readonly endedAt: number;
}

export interface Watch {
  /** The last outage, covered or not, or null when none was seen. */
  outage(): Outage | null;
  /** Those that no repair has covered, oldest first; the last one may still go on. */
  remembered(): readonly Outage[];
  /** Coordinators whose newest write failed, since when. */
  failing(): ReadonlyMap<string, number>;
  lastAckAt(): number | null;
  /** True when an outage changed, so that it is to be stored. */
  observe(write: Write): boolean;
  /** Drops what was over when that repair began. True when something was dropped. */
  forget(repairedSince: number): boolean;
}

/** What outlives the process. */
export const WatchRecord = z.strictObject({ last: Outage.nullable(), remembered: z.array(Outage) });
export type WatchRecord = z.infer<typeof WatchRecord>;

export interface WatchMemory extends WatchRecord {
  readonly lastAckAt: number | null;
}

/** @param overMs an outage that is over and was not longer than this is not remembered */
export function createWatch(coordinators: readonly string[], memory: WatchMemory, { overMs = 0 } = {}): Watch {
  let { lastAckAt, last: outage } = memory;
  let remembered: readonly Outage[] = memory.remembered;
  /** Since when each coordinator fails, of writes that began after the last acknowledged one. */
  const failing = new Map<string, number>();
  const answered = new Set<string>();

  function changed(next: Outage): boolean {
    const others = remembered.filter(({ firstFailureAt }) => firstFailureAt !== next.firstFailureAt);
    const short = next.answeredAgainAt !== null && next.answeredAgainAt - next.firstFailureAt <= overMs;
    outage = next;
    remembered = short ? others : remember(others, next);
    answered.clear();
    return true;
  }

  function failed({ coordinator, beganAt }: Write): boolean {
    answered.delete(coordinator);
    if (lastAckAt === null || beganAt <= lastAckAt) return false;
    failing.set(coordinator, Math.min(beganAt, failing.get(coordinator) ?? beganAt));
    if (outage?.answeredAgainAt === null || !coordinators.every((one) => failing.has(one))) return false;
    const beganFailingAt = Math.min(...failing.values());
    const relapsed = outage?.answeredAgainAt != null && beganFailingAt - outage.answeredAgainAt < RELAPSE_MS;
    return changed({
      firstFailureAt: relapsed && outage ? outage.firstFailureAt : beganFailingAt,
      answeredAgainAt: null,
    });
  }

  function acked({ coordinator, beganAt, endedAt }: Write): boolean {
    lastAckAt = Math.max(beganAt, lastAckAt ?? beganAt);
    for (const [one, since] of failing) if (since <= beganAt) failing.delete(one);
    if (outage === null || outage.answeredAgainAt !== null) return false;
    answered.add(coordinator);
    if (!coordinators.every((one) => answered.has(one))) return false;
    return changed({ firstFailureAt: outage.firstFailureAt, answeredAgainAt: endedAt });
  }

  return {
    outage: () => outage,
    remembered: () => remembered,
    failing: () => failing,
    lastAckAt: () => lastAckAt,
    observe: (write) => (write.acknowledged ? acked(write) : failed(write)),
    forget(repairedSince) {
      const left = uncovered(remembered, repairedSince);
      const dropped = left.length < remembered.length;
      remembered = left;
      return dropped;
    },
  };
}
