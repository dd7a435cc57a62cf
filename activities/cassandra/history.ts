/**
 * What Cassandra itself recorded of its repairs (`system_distributed.parent_repair_history`), and which of it counts:
 * whole, full, across all replicas, of every table, begun in this run, and successful. Pure but for the reading.
 *
 * Must never happen: a repair that left replicas, tables or unrepaired data out counts as a full one. A row that was
 * not found only makes more work: it is repaired once more.
 */
import { LifeboatError } from '../../kernel/errors.ts';
import type { PinnedClient } from './pinned-client.ts';
import { parseRange, type TokenRange } from './ranges.ts';

export interface RepairRecord {
  readonly startedAt: number;
  readonly tables: readonly string[];
  /** Only what succeeded; empty while it runs. */
  readonly successful: readonly string[];
  readonly options: { readonly [name: string]: string };
}

const SELECT =
  'SELECT started_at, columnfamily_names, successful_ranges, options FROM system_distributed.parent_repair_history ' +
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
  return records
    .filter(
      (record) =>
        record.startedAt >= since && isFull(record.options) && tables.every((table) => record.tables.includes(table)),
    )
    .flatMap(({ successful }) => successful.flatMap((text) => parseRange(text) ?? []));
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
