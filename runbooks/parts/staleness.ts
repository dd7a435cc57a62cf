/**
 * What a returned region may have missed: whether a full repair must come before it serves, and whether one may be made at
 * all. Pure.
 *
 * After any ungraceful loss, however short, a full repair across datacentres comes first: hints are best effort
 * (facts/cassandra.md, "What loses data quietly"). So it is after a node was away for longer than hints are kept. An outage
 * counts until Cassandra's own record shows a full repair of everything that began after it.
 *
 * Must never happen: no reading passes for a good one (I11); a repair that brings deleted rows back, because the earliest
 * write that a replica may have missed is older than gc_grace before that repair ends.
 */
import { clusterOf, datacentreOf, gcGraceMs } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { Absence, OutageReading } from '../steps/canaries.ts';
import type { RepairedReading } from '../steps/cassandra.ts';
import { HOUR_MS } from '../steps/contract.ts';

/** Where no earlier repair tells how long one takes; never more than a tenth of gc_grace. */
export const ASSUMED_REPAIR_MS = 24 * HOUR_MS;

export interface Staleness {
  readonly repair: boolean;
  /** Why, as one sentence without its full stop. */
  readonly say: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly warnings: readonly string[];
}

/** Of each canary and region (`main@us-central1`), and of each cluster and region whose node read it. */
export interface Seen {
  readonly outages: { readonly [key: string]: Evidence<OutageReading> };
  readonly repaired: { readonly [key: string]: Evidence<RepairedReading> };
}

export interface Told {
  /** How long the region was away until now, as the operator says. */
  readonly outageMs: number | undefined;
  /** Whether a service of the region says that it ended uncleanly. */
  readonly unclean: boolean;
  readonly now: number;
}

/** What of a cluster no repair has covered. */
interface Owed {
  readonly cluster: string;
  readonly absences: readonly Absence[];
  /** When the newest repair of everything began; null where none is on record, or the record was not read. */
  readonly repairedSince: number | null;
  readonly estimateMs: number;
  readonly estimateSay: string;
  readonly graceMs: number;
}

/** @throws LifeboatError `outage-not-measured`, `outage-beyond-gc-grace` */
export function staleness(estate: Estate, region: string, seen: Seen, told: Told): Staleness {
  const clusters = Object.keys(estate.cassandra).filter(
    (cluster) => datacentreOf(clusterOf(estate, cluster), region) !== undefined,
  );
  const owed = clusters.map((cluster) => owedBy(estate, cluster, seen));
  const verdict = judge(region, owed, seen, told);
  if (verdict.repair) for (const one of owed) refuseBeyondGcGrace(region, one, verdict, told);
  return {
    repair: verdict.repair,
    say: verdict.say,
    facts: owed.map((one) => ({ label: `Repaired ${one.cluster}`, value: repairedText(one, verdict) })),
    warnings: [...historyWarnings(seen.repaired), ...unwatchedWarnings(region, owed, seen)],
  };
}

interface Verdict {
  readonly repair: boolean;
  readonly say: string;
  /** The earliest write that a replica of any cluster may have missed, beside what canaries remember of each. */
  readonly since: number | null;
}

function judge(region: string, owed: readonly Owed[], { outages }: Seen, told: Told): Verdict {
  const mine = Object.entries(outages).filter(([key]) => key.endsWith(`@${region}`));
  const answered = mine.length > 0 && mine.every(([, one]) => one.ok);
  const { outageMs, now, unclean } = told;
  if (outageMs === undefined && !answered) throw notMeasured(region, 'no canary told of it');
  const away = owed.flatMap(({ absences }) => absences);
  const since = outageMs === undefined ? null : now - outageMs;
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
  if (blind(region, owed, outages)) throw notMeasured(region, 'the canary did not watch it all the time');
  const everSeen = mine.some(([, one]) => one.ok && one.value.firstFailureAt !== null);
  const say = everSeen
    ? 'repaired: a full repair has begun since the last outage that the canary outside saw, and nothing ended uncleanly'
    : 'graceful: the canary outside saw no outage, and nothing ended uncleanly';
  return { repair: false, since: null, say };
}

/** Nobody saw it, but what was written before the last repair of everything is not what was missed. */
function afterUncleanEnd(region: string, owed: readonly Owed[], now: number): Verdict {
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

function refuseBeyondGcGrace(region: string, owed: Owed, { since }: Verdict, { now }: Told): void {
  const { cluster, absences, graceMs, estimateSay } = owed;
  const times = [...absences.map(({ firstFailureAt }) => firstFailureAt), ...(since === null ? [] : [since])];
  const first = Math.min(...times);
  if (times.length === 0 || gapOf(first, owed, now) < graceMs) return;
  const oldest = absences.find(({ firstFailureAt }) => firstFailureAt === first);
  throw refusal(
    'outage-beyond-gc-grace',
    `${oldest?.node ?? (oldest ? 'A region' : region)} of ${cluster} may miss writes since ${day(first)}, and no full repair has covered them. A repair that is over in ${estimateSay} ends longer after that than gc_grace (${formatDuration(graceMs)}): what was deleted meanwhile would come back.`,
    region,
    'Do not rejoin it. Empty the nodes that were away and rebuild them from the other datacentre (`nodetool rebuild`), repair every node in full (`nodetool repair -full -pr`), then run failback.',
  );
}

/** From the earliest write that may be missed to the estimated end of the repair, in whole hours: it does not creep. */
function gapOf(first: number, { estimateMs }: Owed, now: number): number {
  return Math.ceil((now + estimateMs - first) / HOUR_MS) * HOUR_MS;
}

function owedBy(estate: Estate, cluster: string, { outages, repaired }: Seen): Owed {
  const own = Object.entries(estate.canaries).flatMap(([name, one]) => (one.cluster === cluster ? [name] : []));
  // An outage of a region is one of every cluster in it; of a node, only of its own.
  const absences = Object.entries(outages).flatMap(([key, one]) => {
    if (!one.ok) return [];
    const here = own.length === 0 || own.includes(key.slice(0, key.lastIndexOf('@')));
    return here ? one.value.remembered.filter(({ node }) => node === null || own.length > 0) : [];
  });
  const graceMs = gcGraceMs(estate, cluster);
  const record = recordOf(cluster, repaired);
  const keyspaces = Object.keys(clusterOf(estate, cluster).keyspaces).map((name) => record?.keyspaces[name] ?? null);
  const since = keyspaces.map((one) => one?.since ?? null);
  const repairedSince = since.includes(null) ? null : Math.min(...since.filter((at) => at !== null));
  const uncovered = absences.filter(
    ({ answeredAgainAt }) => repairedSince === null || (answeredAgainAt ?? Number.POSITIVE_INFINITY) > repairedSince,
  );
  return { cluster, absences: uncovered, repairedSince, graceMs, ...estimate(keyspaces, graceMs) };
}

function recordOf(cluster: string, repaired: Seen['repaired']): RepairedReading | undefined {
  const read = Object.entries(repaired).find(([key, one]) => key.startsWith(`${cluster}@`) && one.ok);
  return read?.[1].ok ? read[1].value : undefined;
}

/** In whole hours, as long as the last ones took; one keyspace after the other, as the runbook repairs. */
function estimate(
  keyspaces: readonly ({ readonly tookMs: number } | null)[],
  graceMs: number,
): Pick<Owed, 'estimateMs' | 'estimateSay'> {
  const known = keyspaces.reduce((sum, one) => sum + (one?.tookMs ?? 0), 0);
  const assumed = keyspaces.includes(null) ? Math.min(ASSUMED_REPAIR_MS, graceMs / 10) : 0;
  const estimateMs = Math.ceil((known + assumed) / HOUR_MS) * HOUR_MS;
  const because = assumed > 0 ? 'assumed, as no earlier full repair tells' : 'as long as the last one took';
  return { estimateMs, estimateSay: `${formatDuration(estimateMs)} (${because})` };
}

function blind(region: string, owed: readonly Owed[], outages: Seen['outages']): boolean {
  const since = owed.map(({ repairedSince }) => repairedSince ?? Number.NEGATIVE_INFINITY);
  return Object.entries(outages).some(([key, one]) => {
    if (!key.endsWith(`@${region}`) || !one.ok || one.value.unwatched === null) return false;
    return (one.value.unwatched.to ?? Number.POSITIVE_INFINITY) > Math.min(...since);
  });
}

function unwatchedWarnings(region: string, owed: readonly Owed[], { outages }: Seen): string[] {
  return blind(region, owed, outages)
    ? [
        `The canary did not watch ${region} all the time: an outage that it did not see may be longer than those it saw.`,
      ]
    : [];
}

function historyWarnings(repaired: Seen['repaired']): string[] {
  const clusters = [...new Set(Object.keys(repaired).map((key) => key.split('@')[0] ?? ''))];
  return clusters.flatMap((cluster) =>
    recordOf(cluster, repaired) === undefined
      ? [`${cluster}'s own record of repairs could not be read: every outage that the canary remembers counts.`]
      : [],
  );
}

function repairedText({ repairedSince, absences, estimateSay }: Owed, { repair }: Verdict): string {
  const whole =
    repairedSince === null ? 'no full repair of everything on record' : `in full since ${day(repairedSince)}`;
  if (!repair) return whole;
  const since = absences.map(({ firstFailureAt }) => firstFailureAt);
  const missed = since.length === 0 ? '' : `; writes may be missed since ${day(Math.min(...since))}`;
  return `${whole}${missed}; a repair is reckoned to take ${estimateSay}`;
}

function day(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
