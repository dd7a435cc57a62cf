/**
 * The repairs that a node leads at this moment, from its own virtual tables (`system_views.repairs`, `repair_jobs`;
 * Cassandra 5.0). A job is one table in one session; a session is one set of ranges with the same replicas.
 */
import type { PinnedClient } from './pinned-client.ts';

export interface RunningRepair {
  readonly command: number;
  readonly done: number;
  /** Jobs in all, as far as they are known. */
  readonly of: number;
  /** 0 to 1, or null before its jobs are known. */
  readonly fraction: number | null;
}

export async function readRunning(client: PinnedClient, keyspace: string): Promise<RunningRepair[]> {
  const repairs = await client.execute(
    'SELECT id, keyspace_name, command_id, completed, sessions, table_names FROM system_views.repairs',
    [],
    'localOne',
  );
  const running = repairs.filter((row) => row.get('keyspace_name') === keyspace && row.get('completed') !== true);
  if (running.length === 0) return [];
  const jobs = await client.execute('SELECT repair_id, completed FROM system_views.repair_jobs', [], 'localOne');
  return running.map((row) => {
    const mine = jobs.filter((job) => String(job.get('repair_id')) === String(row.get('id')));
    const of = sizeOf(row.get('sessions')) * Math.max(1, sizeOf(row.get('table_names')));
    const done = mine.filter((job) => job.get('completed') === true).length;
    return { command: Number(row.get('command_id')), done, of, fraction: of === 0 ? null : Math.min(1, done / of) };
  });
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
