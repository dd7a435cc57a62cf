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
import type { Consistency, PinnedClient } from './pinned-client.ts';
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

/** The keyspace is often left on SimpleStrategy, whose replicas no local quorum can be made of. */
const SURE: readonly Consistency[] = ['localQuorum', 'quorum'];
/** Where a region is lost there may be no quorum either; a replica nearby tells what it has, and may lack a row. */
const WITH_A_REGION_LOST: readonly Consistency[] = [...SURE, 'localOne'];
/**
 * A region that was cut off a moment ago is waited for until its nodes are taken for down. All tries together take less than
 * the 10 s that a probe has (`repaired` in runbooks/steps/cassandra.ts).
 */
const TRY_TIMEOUT_MS = 3_000;

/**
 * The repairs of a keyspace that began at `since` or later.
 *
 * @throws LifeboatError `cassandra-unavailable` (may pass): no quorum of the record's replicas answers this node
 */
export function readHistory(
  client: Pick<PinnedClient, 'execute'>,
  keyspace: string,
  since: number,
): Promise<RepairRecord[]> {
  return readRecords(client, keyspace, since, SURE);
}

async function readRecords(
  client: Pick<PinnedClient, 'execute'>,
  keyspace: string,
  since: number,
  consistencies: readonly Consistency[],
  timeoutMs?: number,
): Promise<RepairRecord[]> {
  const rows = await readRows(client, [keyspace, new Date(since)], consistencies, timeoutMs);
  return rows.map((row) => ({
    startedAt: Number(row.get('started_at')),
    finishedAt: row.get('finished_at') == null ? null : Number(row.get('finished_at')),
    tables: texts(row.get('columnfamily_names')),
    successful: texts(row.get('successful_ranges')),
    options: Object.fromEntries(Object.entries(row.get('options') ?? {}).map(([name, value]) => [name, String(value)])),
  }));
}

/** By the first of these that answers. */
async function readRows(
  client: Pick<PinnedClient, 'execute'>,
  values: readonly unknown[],
  consistencies: readonly Consistency[],
  timeoutMs: number | undefined,
) {
  let last: unknown;
  for (const consistency of consistencies) {
    try {
      return await client.execute(SELECT, values, consistency, timeoutMs);
    } catch (error) {
      if (!LifeboatError.is(error)) throw error;
      last = error;
    }
  }
  throw last;
}

/** Names of the keyspace's tables. */
export async function readTables(client: Pick<PinnedClient, 'execute'>, keyspace: string): Promise<string[]> {
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

/**
 * {@link wholeRepair} of a keyspace, as a node tells it; also while another region is lost, when it is asked for most. A row
 * that was not found only makes the answer older, and so more work.
 *
 * @throws LifeboatError `cassandra-unavailable` (may pass)
 */
export async function readWholeRepair(
  client: Pick<PinnedClient, 'execute'>,
  keyspace: string,
): Promise<WholeRepair | null> {
  const [tables, records] = await Promise.all([
    readTables(client, keyspace),
    readRecords(client, keyspace, 0, WITH_A_REGION_LOST, TRY_TIMEOUT_MS),
  ]);
  return wholeRepair(records, tables);
}

/**
 * When the first full repair of a keyspace since then began; null where there is none. Never by a replica alone: a row that it
 * lacks would tell of no repair where there was one.
 */
export async function readFirstRepair(
  client: Pick<PinnedClient, 'execute'>,
  keyspace: string,
  since: number,
): Promise<number | null> {
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
