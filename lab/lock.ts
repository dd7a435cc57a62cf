/** Waiting for a lock of the host (`host/lock.ts`), and saying who holds it. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lock, takeLock, writtenHolder } from '../host/lock.ts';
import { passing } from '../kernel/errors.ts';

export interface LockOptions {
  readonly timeoutMs: number;
  /** Told once, when there is a holder to wait for that has written down who it is. */
  readonly onWait?: (holderPid: number) => void;
}

const LOOK_EVERY_MS = 100;

/** Runs `work` while holding the lock. Throws `lab-locked` when a holder keeps it beyond the limit. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await acquire(path, options);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function acquire(path: string, { timeoutMs, onWait }: LockOptions): Promise<Lock> {
  await mkdir(dirname(path), { recursive: true });
  const until = Date.now() + timeoutMs;
  let told = false;
  for (;;) {
    const lock = await takeLock(path);
    if (lock !== undefined) return lock;
    const holder = await writtenHolder(path);
    if (Date.now() >= until) {
      throw passing(
        'lab-locked',
        `${holder === undefined ? 'another process' : `process ${holder}`} holds ${path}`,
        path,
        'Wait for that command to end, or interrupt it, and run this again.',
      );
    }
    if (!told && holder !== undefined) {
      onWait?.(holder);
      told = true;
    }
    await sleep(LOOK_EVERY_MS);
  }
}
