/**
 * When a region was away, as seen from outside. Pure.
 *
 * A coordinator fails from its first failed write that began after the region's last acknowledged write (through any
 * coordinator). The region is out when all of its coordinators fail so at once; the outage began (`firstFailureAt`) when
 * the first of those failed writes began, and ended (`answeredAgainAt`) when the last coordinator acknowledged again.
 * So one dead node is no outage, and neither is a write that timed out while later ones were acknowledged. A region that
 * was never seen to answer has no outage: there is nothing to measure it against (I11). A region that fails again soon
 * after it answered has not come back: the outage goes on, with its first time.
 */
import { z } from 'zod';

export const Outage = z.strictObject({ firstFailureAt: z.number(), answeredAgainAt: z.number().nullable() });
export type Outage = z.infer<typeof Outage>;

/** Nodes that start on a busy machine answer, and then not, for some seconds; a shorter outage must not hide a long one. */
export const RELAPSE_MS = 30_000;

export interface Write {
  readonly coordinator: string;
  readonly acknowledged: boolean;
  readonly beganAt: number;
  readonly endedAt: number;
}

export interface RegionWatch {
  /** The last outage, or null when none was seen. */
  outage(): Outage | null;
  /** Coordinators whose newest write failed, since when. */
  failing(): ReadonlyMap<string, number>;
  lastAckAt(): number | null;
  /** True when the outage changed, so that it is to be stored. */
  observe(write: Write): boolean;
}

export interface WatchMemory {
  readonly lastAckAt: number | null;
  readonly outage: Outage | null;
}

export function createRegionWatch(coordinators: readonly string[], memory: WatchMemory): RegionWatch {
  let { lastAckAt, outage } = memory;
  /** Since when each coordinator fails, of writes that began after the last acknowledged one. */
  const failing = new Map<string, number>();
  const answered = new Set<string>();

  function failed({ coordinator, beganAt }: Write): boolean {
    answered.delete(coordinator);
    if (lastAckAt === null || beganAt <= lastAckAt) return false;
    failing.set(coordinator, Math.min(beganAt, failing.get(coordinator) ?? beganAt));
    if (outage?.answeredAgainAt === null || !coordinators.every((one) => failing.has(one))) return false;
    const beganFailingAt = Math.min(...failing.values());
    const relapsed = outage?.answeredAgainAt != null && beganFailingAt - outage.answeredAgainAt < RELAPSE_MS;
    outage = { firstFailureAt: relapsed && outage ? outage.firstFailureAt : beganFailingAt, answeredAgainAt: null };
    answered.clear();
    return true;
  }

  function acked({ coordinator, beganAt, endedAt }: Write): boolean {
    lastAckAt = Math.max(beganAt, lastAckAt ?? beganAt);
    for (const [one, since] of failing) if (since <= beganAt) failing.delete(one);
    if (outage === null || outage.answeredAgainAt !== null) return false;
    answered.add(coordinator);
    if (!coordinators.every((one) => answered.has(one))) return false;
    outage = { firstFailureAt: outage.firstFailureAt, answeredAgainAt: endedAt };
    answered.clear();
    return true;
  }

  return {
    outage: () => outage,
    failing: () => failing,
    lastAckAt: () => lastAckAt,
    observe: (write) => (write.acknowledged ? acked(write) : failed(write)),
  };
}
