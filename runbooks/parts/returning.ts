/**
 * Bringing a returned region back: whether a full repair must come before it serves, and whether one may be made at all.
 * Pure.
 *
 * After any ungraceful loss, however short, a full repair across datacentres comes first: hints are best effort
 * (facts/cassandra.md, "What loses data quietly"). So it is after a node was away for longer than hints are kept. What is
 * owed stands in `owed-repair.ts`.
 *
 * Must never happen: no reading passes for a good one (I11); a repair that brings deleted rows back, because the earliest
 * write that a replica may have missed is older than gc_grace before that repair ends.
 */
import type { Estate } from '../../estate/schema.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import { HOUR_MS } from '../steps/contract.ts';
import { minuteOf, type OwedRepair, owedWarnings, repairFact, repairsOwed, type Seen } from './owed-repair.ts';

export interface Returning {
  readonly repair: boolean;
  /** Why, as one sentence without its full stop. */
  readonly say: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly warnings: readonly string[];
  /** What may have been missed before any repair could end; undefined where a repair may be made. */
  readonly beyondGcGrace: LifeboatError | undefined;
  /** By cluster, when a repair must have begun, in milliseconds since 1970. */
  readonly before: { readonly [cluster: string]: number };
}

export interface Told {
  /** How long the region was away until now, as the operator says. */
  readonly outageMs: number | undefined;
  /** Whether a service of the region says that it ended uncleanly. */
  readonly unclean: boolean;
  readonly now: number;
}

/** @throws LifeboatError `outage-not-measured` */
export function judgeReturn(estate: Estate, region: string, seen: Seen, told: Told): Returning {
  const owed = repairsOwed(estate, region, seen);
  const verdict = judge(region, owed, seen, told);
  if (verdict.repair && told.outageMs === undefined) askAboutBlindness(region, owed, told.now);
  const beyond = verdict.repair ? owed.flatMap((one) => beyondGcGrace(region, one, verdict, told) ?? []) : [];
  return {
    repair: verdict.repair,
    say: verdict.say,
    facts: owed.map(repairFact),
    warnings: owedWarnings(owed),
    beyondGcGrace: beyond[0],
    before: Object.fromEntries(owed.map((one) => [one.cluster, (firstMissed(one, verdict) ?? told.now) + one.graceMs])),
  };
}

/** Time in which nobody watched may hide an older outage than those that were seen: gc_grace is held against it, too. */
function askAboutBlindness(region: string, owed: readonly OwedRepair[], now: number): void {
  const blind = owed.find(
    ({ blindSince, ...one }) => blindSince !== null && gapOf(blindSince, one, now) >= one.graceMs,
  );
  if (blind)
    throw notMeasured(
      region,
      'the canary did not watch it all the time, and may have missed an outage that is too old to repair',
    );
}

function firstMissed({ absences }: OwedRepair, { since }: Verdict): number | null {
  const times = [...absences.map(({ firstFailureAt }) => firstFailureAt), ...(since === null ? [] : [since])];
  return times.length === 0 ? null : Math.min(...times);
}

interface Verdict {
  readonly repair: boolean;
  readonly say: string;
  /** The earliest write that a replica of any cluster may have missed, beside what canaries remember of each. */
  readonly since: number | null;
}

function judge(region: string, owed: readonly OwedRepair[], { outages }: Seen, told: Told): Verdict {
  const mine = Object.entries(outages).filter(([key]) => key.endsWith(`@${region}`));
  const answered = mine.length > 0 && mine.every(([, one]) => one.ok);
  const { outageMs, now, unclean } = told;
  if (outageMs === undefined && !answered) throw notMeasured(region, 'no canary told of it');
  const away = owed.flatMap(({ absences }) => absences);
  // In whole hours: a plan is the same while people read it.
  const since = outageMs === undefined ? null : Math.floor((now - outageMs) / HOUR_MS) * HOUR_MS;
  if (away.some(({ node }) => node === null)) {
    return { repair: true, since, say: 'ungraceful loss: a full repair comes first, however short the outage was' };
  }
  if (away.length > 0) {
    const nodes = [...new Set(away.flatMap(({ node }) => node ?? []))].sort().join(', ');
    return { repair: true, since, say: `${nodes} was away for longer than hints are kept: a full repair comes first` };
  }
  if (outageMs !== undefined) {
    const say = `an outage of ${formatDuration(outageMs)}, as told: a full repair comes first`;
    return { repair: true, since, say };
  }
  if (unclean) return afterUncleanEnd(region, owed, now);
  if (owed.some(({ blind }) => blind.length > 0)) {
    throw notMeasured(region, 'the canary did not watch it all the time');
  }
  const everSeen = mine.some(([, one]) => one.ok && one.value.firstFailureAt !== null);
  const say = everSeen
    ? 'repaired: a full repair has begun since the last outage that the canary outside saw, and nothing ended uncleanly'
    : 'graceful: the canary outside saw no outage, and nothing ended uncleanly';
  return { repair: false, since: null, say };
}

/** Nobody saw it, but what was written before the last repair of everything is not what was missed. */
function afterUncleanEnd(region: string, owed: readonly OwedRepair[], now: number): Verdict {
  const since = owed.map(({ repairedSince }) => repairedSince ?? Number.NEGATIVE_INFINITY);
  const first = Math.min(...since);
  if (owed.length === 0 || owed.some((one) => gapOf(first, one, now) >= one.graceMs)) {
    throw notMeasured(region, 'it ended uncleanly, and no canary saw when');
  }
  const say = 'it ended uncleanly after the last full repair: another one comes first, however short the outage was';
  return { repair: true, since: first, say };
}

function notMeasured(region: string, because: string): LifeboatError {
  return refusal(
    'outage-not-measured',
    `How long ${region} was away could not be measured: ${because}.`,
    region,
    'Say it with outage=DURATION (such as outage=40m), from before the first sign of trouble until now.',
  );
}

function beyondGcGrace(region: string, owed: OwedRepair, verdict: Verdict, { now }: Told): LifeboatError | undefined {
  const { cluster, absences, graceMs, estimateSay } = owed;
  const first = firstMissed(owed, verdict);
  if (first === null || gapOf(first, owed, now) < graceMs) return undefined;
  const oldest = absences.find(({ firstFailureAt }) => firstFailureAt === first);
  const regions = new Set([region, ...absences.map((one) => one.region)]);
  return refusal(
    'outage-beyond-gc-grace',
    `${oldest?.node ?? oldest?.region ?? region} of ${cluster} may miss writes since ${minuteOf(first)}, and no full repair has covered them. A repair that is over in ${estimateSay} ends longer after that than gc_grace (${formatDuration(graceMs)}): what was deleted meanwhile would come back.`,
    region,
    regions.size === 1
      ? 'Do not rejoin it. Empty the nodes that were away and rebuild them from the other datacentre (`nodetool rebuild`), repair every node in full (`nodetool repair -full -pr`), then run failback.'
      : `Do not rejoin it, and empty nothing yet: ${[...regions].sort().join(' and ')} were both away, so that each may hold what the other misses. Compare them first (the ledger of your product), keep a copy, decide which one is rebuilt from the other (\`nodetool rebuild\`); then repair every node in full (\`nodetool repair -full -pr\`) and run failback.`,
  );
}

/** From the earliest write that may be missed to the estimated end of the repair, in whole hours: it does not creep. */
function gapOf(first: number, { estimateMs }: Pick<OwedRepair, 'estimateMs'>, now: number): number {
  return Math.ceil((now + estimateMs - first) / HOUR_MS) * HOUR_MS;
}
