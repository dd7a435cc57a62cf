/**
 * What Cassandra itself recorded of its repairs (`system_distributed.parent_repair_history`), and which of it counts:
 * whole, full, across all replicas, of every table, begun in this run (or, for what is forgotten, since then), and
 * successful. Pure but for the reading.
 *
 * Must never happen: a repair that left replicas, tables or unrepaired data out counts as a full one. A row that was
 * not found only makes more work: it is repaired once more.
 */
import { LifeboatError } from '../../kernel/errors.ts';
import type { WholeRepair } from '../../runbooks/steps/cassandra.ts';
import type { PinnedClient } from './pinned-client.ts';
import { coversRing, parseRange, type TokenRange } from './ranges.ts';

export interface RepairRecord {
  readonly startedAt: number;
  /** Null while it runs, or when its node ended in the middle. */
  readonly finishedAt: number | null;
  readonly tables: readonly string[];
  /** Only what succeeded; empty while it runs. */
  readonly successful: readonly string[];
  readonly options: { readonly [name: string]: string };
}

const SELECT =
  'SELECT started_at, finished_at, columnfamily_names, successful_ranges, options FROM system_distributed.parent_repair_history ' +
  'WHERE keyspace_name = ? AND started_at >= ? ALLOW FILTERING';

export async function readHistory(client: PinnedClient, keyspace: string, since: number): Promise<RepairRecord[]> {
  const values = [keyspace, new Date(since)];
  const rows = await client.execute(SELECT, values, 'localQuorum').catch((error: unknown) => {
    // The keyspace is often left on SimpleStrategy, whose replicas no local quorum can be made of.
    if (LifeboatError.is(error)) return client.execute(SELECT, values, 'quorum');
    throw error;
  });
  return rows.map((row) => ({
    startedAt: Number(row.get('started_at')),
    finishedAt: row.get('finished_at') == null ? null : Number(row.get('finished_at')),
    tables: texts(row.get('columnfamily_names')),
    successful: texts(row.get('successful_ranges')),
    options: Object.fromEntries(Object.entries(row.get('options') ?? {}).map(([name, value]) => [name, String(value)])),
  }));
}

/** Names of the keyspace's tables. */
export async function readTables(client: PinnedClient, keyspace: string): Promise<string[]> {
  const rows = await client.execute(
    'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?',
    [keyspace],
    'localOne',
  );
  return rows.map((row) => String(row.get('table_name')));
}

/** The ranges that full repairs since then covered. */
export function repairedRanges(
  records: readonly RepairRecord[],
  tables: readonly string[],
  since: number,
): TokenRange[] {
  return rangesOf(records.filter((record) => record.startedAt >= since && counts(record, tables)));
}

/**
 * The newest full repairs that together cover the whole ring, from the first of them on: every write that was acknowledged
 * before it began is on all of its replicas. Null where there are none.
 */
export function wholeRepair(records: readonly RepairRecord[], tables: readonly string[]): WholeRepair | null {
  const newestFirst = records
    .filter((record) => record.successful.length > 0 && counts(record, tables))
    .toSorted((a, b) => b.startedAt - a.startedAt);
  if (tables.length === 0 || !coversRing(rangesOf(newestFirst))) return null;
  let [few, enough] = [0, newestFirst.length];
  while (enough - few > 1) {
    const middle = (few + enough) >> 1;
    if (coversRing(rangesOf(newestFirst.slice(0, middle)))) enough = middle;
    else few = middle;
  }
  const used = newestFirst.slice(0, enough);
  const tookMs = used.reduce((sum, { startedAt, finishedAt }) => sum + Math.max(0, (finishedAt ?? 0) - startedAt), 0);
  return { since: Math.min(...used.map(({ startedAt }) => startedAt)), tookMs };
}

/** {@link wholeRepair} of a keyspace, as a node tells it. @throws LifeboatError `cassandra-unavailable` (may pass) */
export async function readWholeRepair(client: PinnedClient, keyspace: string): Promise<WholeRepair | null> {
  const [tables, records] = await Promise.all([readTables(client, keyspace), readHistory(client, keyspace, 0)]);
  return wholeRepair(records, tables);
}

/** When the first full repair of a keyspace since then began; null where there is none. */
export async function readFirstRepair(client: PinnedClient, keyspace: string, since: number): Promise<number | null> {
  const records = (await readHistory(client, keyspace, since)).filter(({ options }) => isFull(options));
  return records.length === 0 ? null : Math.min(...records.map(({ startedAt }) => startedAt));
}

function counts(record: RepairRecord, tables: readonly string[]): boolean {
  return isFull(record.options) && tables.every((table) => record.tables.includes(table));
}

function rangesOf(records: readonly RepairRecord[]): TokenRange[] {
  return records.flatMap(({ successful }) => successful.flatMap((text) => parseRange(text) ?? []));
}

/** By the names that RepairOption.asMap() stores (Cassandra 5.0). `forceRepair` leaves dead replicas out. */
function isFull(options: RepairRecord['options']): boolean {
  const is = (name: string, value: string): boolean => options[name] === undefined || options[name] === value;
  return (
    options.incremental === 'false' &&
    is('previewKind', 'NONE') &&
    is('forceRepair', 'false') &&
    is('pullRepair', 'false') &&
    is('paxosOnly', 'false') &&
    is('dataCenters', '') &&
    is('hosts', '')
  );
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
