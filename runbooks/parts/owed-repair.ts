/**
 * Repairs that a cluster owes: what its replicas may have missed, and no full repair has covered. Pure.
 *
 * One reading for all: failback demands it, failover goes to nothing that owes one while another region serves, and every
 * plan shows it until it is done. An outage counts until Cassandra's own record shows a full repair of everything that
 * began after it.
 *
 * Must never happen: a repair that was skipped passes for done (no note of ours says so); time in which nobody watched, or
 * a record that nobody could read, passes for all being well (I11).
 */
import { clusterOf, datacentreOf, gcGraceMs, nodesInRegion } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { formatDuration } from '../../kernel/duration.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { RepairState } from '../../kernel/run/regions.ts';
import type { Absence, OutageReading } from '../steps/canaries.ts';
import * as cassandra from '../steps/cassandra.ts';
import { type AnyDraft, HOUR_MS } from '../steps/contract.ts';
import type { ServiceReading } from '../steps/services.ts';

/** Where no earlier repair tells how long one takes; never more than a tenth of gc_grace. */
export const ASSUMED_REPAIR_MS = 24 * HOUR_MS;

/** Of each canary and region (`main@us-central1`), and of each cluster and region whose node read it. */
export interface Seen {
  readonly outages: { readonly [key: string]: Evidence<OutageReading> };
  readonly repaired: { readonly [key: string]: Evidence<cassandra.RepairedReading> };
}

export interface OwedAbsence extends Absence {
  readonly region: string;
}

/** What of a cluster no repair has covered; nothing where it has no absence and nobody was blind. */
export interface OwedRepair {
  readonly cluster: string;
  readonly absences: readonly OwedAbsence[];
  /** Regions in which an outage may have been that no canary could see. */
  readonly blind: readonly string[];
  /** Since when, at the earliest, an outage may have gone unseen that no repair has covered; null where all was watched. */
  readonly blindSince: number | null;
  /** When the newest repair of everything began; null where none is on record, or the record was not read. */
  readonly repairedSince: number | null;
  /** Whether any node told its record. */
  readonly recorded: boolean;
  readonly estimateMs: number;
  readonly estimateSay: string;
  readonly graceMs: number;
}

/** Of every cluster, one node per region that is asked for the record: whichever answers tells of all. */
export function repairedProbes(
  estate: Estate,
  regions: readonly string[],
): { readonly [key: string]: ReturnType<typeof cassandra.repaired> & AnyDraft } {
  return Object.fromEntries(
    Object.keys(estate.cassandra).flatMap((cluster) =>
      regions.flatMap((region) => {
        const node = nodesInRegion(estate, cluster, region)[0]?.name;
        return node === undefined ? [] : [[`${cluster}@${region}`, cassandra.repaired({ cluster, node })]];
      }),
    ),
  );
}

/** Of each cluster that has replicas in the region. */
export function repairsOwed(estate: Estate, region: string, seen: Seen): OwedRepair[] {
  return Object.keys(estate.cassandra)
    .filter((cluster) => datacentreOf(clusterOf(estate, cluster), region) !== undefined)
    .map((cluster) => owedBy(estate, cluster, seen));
}

function owedBy(estate: Estate, cluster: string, { outages, repaired }: Seen): OwedRepair {
  const own = Object.entries(estate.canaries).flatMap(([name, one]) => (one.cluster === cluster ? [name] : []));
  // An outage of a region is one of every cluster in it; of a node, only of its own.
  const told = Object.entries(outages).flatMap(([key, one]) => {
    const at = key.lastIndexOf('@');
    const counts = own.length === 0 || own.includes(key.slice(0, at));
    return one.ok && counts ? [{ region: key.slice(at + 1), reading: one.value }] : [];
  });
  const absences = told.flatMap(({ region, reading }) =>
    reading.remembered
      .filter(({ node }) => node === null || own.length > 0)
      .map((absence): OwedAbsence => ({ ...absence, region })),
  );
  const graceMs = gcGraceMs(estate, cluster);
  const record = recordOf(cluster, repaired);
  const keyspaces = Object.keys(clusterOf(estate, cluster).keyspaces).map((name) => record?.keyspaces[name] ?? null);
  const since = keyspaces.map((one) => one?.since ?? null);
  const repairedSince = since.includes(null) ? null : Math.min(...since.filter((at) => at !== null));
  const uncovered = (to: number | null): boolean =>
    repairedSince === null || (to ?? Number.POSITIVE_INFINITY) > repairedSince;
  const blind = told.flatMap(({ region, reading: { unwatched } }) =>
    unwatched !== null && uncovered(unwatched.to) ? [{ region, from: unwatched.from }] : [],
  );
  return {
    cluster,
    absences: absences.filter(({ answeredAgainAt }) => uncovered(answeredAgainAt)),
    blind: blind.map(({ region }) => region),
    blindSince: blind.length === 0 ? null : Math.max(repairedSince ?? 0, Math.min(...blind.map(({ from }) => from))),
    repairedSince,
    recorded: record !== undefined,
    graceMs,
    ...estimate(keyspaces, graceMs),
  };
}

function recordOf(cluster: string, repaired: Seen['repaired']): cassandra.RepairedReading | undefined {
  const read = Object.entries(repaired).find(([key, one]) => key.startsWith(`${cluster}@`) && one.ok);
  return read?.[1].ok ? read[1].value : undefined;
}

/** In whole hours, as long as the last ones took; one keyspace after the other, as the runbook repairs. */
function estimate(
  keyspaces: readonly ({ readonly tookMs: number } | null)[],
  graceMs: number,
): Pick<OwedRepair, 'estimateMs' | 'estimateSay'> {
  const known = keyspaces.reduce((sum, one) => sum + (one?.tookMs ?? 0), 0);
  const assumed = keyspaces.includes(null) ? Math.min(ASSUMED_REPAIR_MS, graceMs / 10) : 0;
  const estimateMs = Math.ceil((known + assumed) / HOUR_MS) * HOUR_MS;
  const because = assumed > 0 ? 'assumed, as no earlier full repair tells' : 'as long as the last one took';
  return { estimateMs, estimateSay: `${formatDuration(estimateMs)} (${because})` };
}

/** Whether a service says that it ended uncleanly: what was acknowledged meanwhile may not be there. */
export function endedUncleanly(readings: readonly ServiceReading[]): boolean {
  return readings.some(({ admitted, why }) => !admitted && !why.includes('withheld'));
}

/** One line for people, the same in every plan, until the repair is done. */
export function repairFact(owed: OwedRepair): { readonly label: string; readonly value: string } {
  const { cluster, absences, repairedSince, recorded, estimateSay } = owed;
  const unrecorded = recorded ? 'no full repair of everything on record' : 'its own record could not be read';
  const whole = repairedSince === null ? unrecorded : `in full since ${minuteOf(repairedSince)}`;
  const label = `Repaired ${cluster}`;
  if (absences.length === 0) return { label, value: whole };
  const since = minuteOf(Math.min(...absences.map(({ firstFailureAt }) => firstFailureAt)));
  const value = `${whole}; a repair is OWED: ${namesOf(absences)} may miss writes since ${since}; it is reckoned to take ${estimateSay}`;
  return { label, value };
}

/** How a bare status tells it: what is owed with what does it, or that it is not known; undefined where nothing is. */
export function repairState(
  owed: OwedRepair,
  asked: Seen['outages'],
  idle: readonly string[],
): RepairState | undefined {
  const { cluster, absences } = owed;
  const readings = Object.values(asked);
  if (readings.length > 0 && readings.every(({ ok }) => !ok)) {
    return { cluster, say: 'whether a repair is owed is not known: no canary of it answers', commands: [] };
  }
  if (absences.length === 0) return undefined;
  const regions = [...new Set(absences.map(({ region }) => region))].sort();
  const away = regions.filter((region) => idle.includes(region));
  const back = away.length > 0 ? away : idle;
  const say = repairFact(owed).value;
  const byHand =
    'every region serves, so no failback makes it: `nodetool repair -full -pr` on every node, one after the other';
  return {
    cluster,
    say: back.length > 0 ? say : `${say}; ${byHand}`,
    commands: back.map((one) => `run failback region=${one}`),
  };
}

function namesOf(absences: readonly OwedAbsence[]): string {
  return [...new Set(absences.map(({ node, region }) => node ?? region))].sort().join(', ');
}

/** What cannot be known of what is owed: the record of repairs, or what nobody watched. */
export function owedWarnings(owed: readonly OwedRepair[]): string[] {
  const blind = [...new Set(owed.flatMap((one) => one.blind))];
  return [
    ...owed
      .filter(({ recorded }) => !recorded)
      .map(
        ({ cluster }) =>
          `${cluster}'s own record of repairs could not be read: every outage that the canary remembers counts.`,
      ),
    ...blind.map(
      (region) =>
        `The canary did not watch ${region} all the time: an outage that it did not see may be longer than those it saw.`,
    ),
  ];
}

/** UTC, to the minute. */
export function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
