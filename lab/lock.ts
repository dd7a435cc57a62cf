/**
 * One holder at a time, across processes: a file made exclusively, naming its holder's pid and start time. A lock whose
 * holder is gone (kill -9) is taken over; a holder that lives is never robbed.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../host/error-code.ts';
import { readIfThere } from '../host/whole-files.ts';
import { passing } from '../kernel/errors.ts';
import { isSameProcess, startTicksOf } from './proc.ts';

export interface LockOptions {
  readonly timeoutMs: number;
  /** Told once, when there is a holder to wait for. */
  readonly onWait?: (holderPid: number) => void;
}

/** Runs `work` while holding the lock. Throws `lab-locked` when a living holder keeps it beyond the limit. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(path, options);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const until = Date.now() + options.timeoutMs;
  let told = false;
  for (;;) {
    if (await tryMake(path)) return;
    const holder = parseHolder(await readIfThere(path));
    if (holder === undefined) continue;
    if (!isSameProcess(holder.pid, holder.startTicks)) {
      await clearStale(path);
      continue;
    }
    if (Date.now() >= until) {
      throw passing(
        'lab-locked',
        `process ${holder.pid} holds ${path}`,
        path,
        'Wait for that command to end, or interrupt it, and run this again.',
      );
    }
    if (!told) options.onWait?.(holder.pid);
    told = true;
    await sleep(100);
  }
}

/** A hard link appears with its content or not at all, so that nobody reads a lock without a holder. */
async function tryMake(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, startTicks: startTicksOf(process.pid) }));
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** Of several that find a lock stale one alone succeeds in renaming it away; what it took is looked at once more. */
async function clearStale(path: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = parseHolder(await readIfThere(aside));
  if (taken !== undefined && isSameProcess(taken.pid, taken.startTicks)) {
    await link(aside, path).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

function parseHolder(text: string | undefined): { pid: number; startTicks: string } | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('startTicks' in value)) return undefined;
  return { pid: Number(value.pid), startTicks: String(value.startTicks) };
}
