/**
 * Owns the worker count's file: it survives a restart, because room that a failover made must not shrink by a crash.
 */
import { join } from 'node:path';
import { readIfThere } from '../../../host/whole-files.ts';
import { durableFiles } from './durable.ts';

const WORKERS_FILE = 'workers.json';

/** Whether `count` is a worker count that the service takes. */
export function isWorkerCount(count: unknown, maxWorkers: number): count is number {
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= maxWorkers;
}

/** The stored count, or `fallback` when there is none or it cannot be read. */
export async function readWorkers(folder: string, fallback: number, maxWorkers: number): Promise<number> {
  const text = await readIfThere(join(folder, WORKERS_FILE));
  if (text === undefined) return fallback;
  try {
    const stored: unknown = JSON.parse(text);
    const count = typeof stored === 'object' && stored !== null && 'count' in stored ? stored.count : undefined;
    return isWorkerCount(count, maxWorkers) ? count : fallback;
  } catch {
    return fallback;
  }
}

/** Stores the count durably. */
export async function writeWorkers(folder: string, count: number): Promise<void> {
  await durableFiles.replace(join(folder, WORKERS_FILE), `${JSON.stringify({ count })}\n`);
}
