/**
 * What a canary saw of every region and node, put together as its steps answer it and its file keeps it. Pure.
 *
 * Must never happen: time in which nobody watched passes for time in which all was well.
 */
import type { Absence, OutageReading, Unwatched } from '../../runbooks/steps/canaries.ts';
import type { Outages } from './outage-file.ts';
import { createWatch, RELAPSE_MS, type Watch, type WatchRecord, type Write } from './outages.ts';
import { type Outage, within } from './remembered.ts';

/** Cassandra's default `max_hint_window`: nobody keeps the writes any more that a node missed after it. */
export const HINT_WINDOW_MS = 3 * 3_600_000;

export interface Sightings {
  reading(region: string, now: number): OutageReading;
  watchOf(region: string): Watch | undefined;
  /** True when what is kept changed, so that it is to be stored. */
  observe(region: string, write: Write): boolean;
  /** Drops what a repair covers that began then, in all regions. True when something was dropped. */
  forget(repairedSince: number): boolean;
  /**
   * Where nothing was kept and nothing was ever acknowledged from here, nobody knows whether somebody watched before: a new
   * disk looks like a first installation. Told when the canary's table was made, time since then counts as not watched.
   * True when that is not known yet.
   */
  isNew(): boolean;
  /** @param at in milliseconds since 1970. True when what is kept changed. */
  madeAt(at: number): boolean;
  /** What outlives the process. */
  kept(): Outages;
}

export interface SightingsOptions {
  /** Nodes by region. */
  readonly nodes: { readonly [region: string]: readonly string[] };
  /** What the file kept; null when it cannot be read. */
  readonly kept: Outages | null;
  readonly lastAckOf: (node: string) => number | null;
  readonly startedAt: number;
}

const NEVER: WatchRecord = { last: null, remembered: [] };

export function createSightings({ nodes, kept, lastAckOf, startedAt }: SightingsOptions): Sightings {
  const members = Object.values(nodes).flat();
  const isEmpty = kept !== null && Object.keys(kept.regions).length === 0;
  let isNew = isEmpty && newest(members.map(lastAckOf)) === null;
  const regions = new Map(
    Object.entries(nodes).map(([region, members]) => {
      const { last, remembered, unwatched = null } = { ...NEVER, ...kept?.regions[region] };
      const lastAckAt = newest(members.map(lastAckOf));
      const watch = createWatch(members, { last, remembered, lastAckAt });
      const never = kept === null || isNew;
      const blind = never ? { from: 0, to: startedAt } : blindness({ last, lastAckAt, startedAt });
      return [region, { watch, members, unwatched: hull(unwatched, blind), triedAt: startedAt }];
    }),
  );
  const single = new Map(
    Object.values(nodes)
      .flat()
      .map((node) => {
        const memory = { ...(kept?.nodes[node] ?? NEVER), lastAckAt: lastAckOf(node) };
        return [node, createWatch([node], memory, { overMs: HINT_WINDOW_MS })];
      }),
  );

  function nodeAbsences(members: readonly string[], whole: readonly Outage[], now: number): Absence[] {
    return members.flatMap((node) =>
      (single.get(node)?.remembered() ?? [])
        .filter(({ firstFailureAt, answeredAgainAt }) => (answeredAgainAt ?? now) - firstFailureAt > HINT_WINDOW_MS)
        // A node's own outage begins up to an interval before that of its region.
        .filter(
          (one) =>
            !whole.some((outage) => within(one, { ...outage, firstFailureAt: outage.firstFailureAt - RELAPSE_MS })),
        )
        .map((one) => ({ ...one, node })),
    );
  }

  return {
    reading(region, now) {
      const one = regions.get(region);
      if (!one) return { firstFailureAt: null, answeredAgainAt: null, remembered: [], unwatched: NOTHING_SEEN };
      const { watch, members, unwatched } = one;
      const whole = watch.remembered();
      const remembered = [
        ...whole.map((outage) => ({ ...outage, node: null })),
        ...nodeAbsences(members, whole, now),
      ].sort((a, b) => a.firstFailureAt - b.firstFailureAt);
      return {
        firstFailureAt: watch.outage()?.firstFailureAt ?? null,
        answeredAgainAt: watch.outage()?.answeredAgainAt ?? null,
        remembered: remembered.length > MOST_TOLD ? joinOldest(remembered) : remembered,
        unwatched: watch.lastAckAt() === null ? NOTHING_SEEN : unwatched,
      };
    },
    watchOf: (region) => regions.get(region)?.watch,
    observe(region, write) {
      const one = regions.get(region);
      const gap = one !== undefined && noteGap(one, write.beganAt);
      const whole = one?.watch.observe(write) ?? false;
      const alone = single.get(write.coordinator)?.observe(write) ?? false;
      return gap || whole || alone;
    },
    isNew: () => isNew,
    madeAt(at) {
      if (!isNew) return false;
      isNew = false;
      const since = startedAt - at > HINT_WINDOW_MS ? { from: at, to: startedAt } : null;
      for (const one of regions.values()) one.unwatched = since;
      return true;
    },
    forget(repairedSince) {
      let dropped = false;
      for (const one of regions.values()) {
        dropped = one.watch.forget(repairedSince) || dropped;
        if (one.unwatched === null || (one.unwatched.to ?? startedAt) > repairedSince) continue;
        one.unwatched = null;
        dropped = true;
      }
      for (const watch of single.values()) dropped = watch.forget(repairedSince) || dropped;
      return dropped;
    },
    kept: () => ({
      regions: Object.fromEntries(
        [...regions].map(([region, { watch, unwatched }]) => [region, { ...recordOf(watch), unwatched }]),
      ),
      nodes: Object.fromEntries(
        [...single].flatMap(([node, watch]) => (watch.outage() === null ? [] : [[node, recordOf(watch)]])),
      ),
    }),
  };
}

const NOTHING_SEEN: Unwatched = { from: 0, to: null };
/** A reading travels with a run; of a datacentre whose every node was away for itself, not each is named. */
const MOST_TOLD = 64;

/** The older ones as one, of the region: longer than each of them, and never younger. */
function joinOldest(all: readonly Absence[]): Absence[] {
  const [older, newer] = [all.slice(0, -MOST_TOLD), all.slice(-MOST_TOLD)];
  const ends = older.map(({ answeredAgainAt }) => answeredAgainAt);
  const answeredAgainAt = ends.includes(null) ? null : newest(ends);
  return [{ firstFailureAt: older[0]?.firstFailureAt ?? 0, answeredAgainAt, node: null }, ...newer];
}

/** A process that stood still (frozen, suspended) watched as little as one that did not run. True when that is new. */
function noteGap(one: { triedAt: number; unwatched: Unwatched | null }, beganAt: number): boolean {
  const { triedAt } = one;
  one.triedAt = Math.max(triedAt, beganAt);
  if (beganAt - triedAt <= HINT_WINDOW_MS) return false;
  one.unwatched = hull(one.unwatched, { from: triedAt, to: beganAt });
  return true;
}

/** Between the last sign of life that was written down and the start of the canary. An outage that goes on was seen. */
function blindness(at: {
  readonly last: Outage | null;
  readonly lastAckAt: number | null;
  readonly startedAt: number;
}): Unwatched | null {
  if (at.lastAckAt === null || (at.last !== null && at.last.answeredAgainAt === null)) return null;
  return at.startedAt - at.lastAckAt > HINT_WINDOW_MS ? { from: at.lastAckAt, to: at.startedAt } : null;
}

function hull(one: Unwatched | null, other: Unwatched | null): Unwatched | null {
  if (one === null || other === null) return one ?? other;
  return { from: Math.min(one.from, other.from), to: newest([one.to, other.to]) };
}

function newest(times: readonly (number | null)[]): number | null {
  return times.reduce((last, at) => (at === null ? last : Math.max(at, last ?? at)), null);
}

function recordOf(watch: Watch): WatchRecord {
  return { last: watch.outage(), remembered: [...watch.remembered()] };
}
