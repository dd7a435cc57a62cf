/**
 * The durable mark of each scope: the newest fence that was ever let through. It stands beside what the agent writes
 * and is raised before every effect, so that a zombie of any run is refused, also after a restart (I3).
 *
 * One process owns a folder of marks; a second one that opens it is refused.
 */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../host/error-code.ts';
import { processAlive, processStart } from '../../host/process-identity.ts';
import { compareFences, type Fence } from '../../kernel/authority/fence.ts';
import { passing, refusal } from '../../kernel/errors.ts';
import { createMarkFile, type MarkFile, openMarkFile } from './mark-file.ts';

export interface Marks {
  /** Lets the fence through and remembers it durably. @throws LifeboatError `fenced-off` when a newer one was seen. */
  raise(fence: Fence): Promise<void>;
  close(): Promise<void>;
}

export function fencedOff(fence: Fence, mark: Fence): Error {
  return refusal(
    'fenced-off',
    `A newer call for ${fence.scope} was already let through (epoch ${mark.epoch}, seq ${mark.seq}).`,
    `epoch ${fence.epoch}, seq ${fence.seq}`,
    'Nothing to do: this is a late call that must not take effect.',
  );
}

/** Marks in memory, for tests and for reads-only processes. */
export function memoryMarks(known = new Map<string, Fence>()): Marks {
  return {
    async raise(fence) {
      const mark = known.get(fence.scope);
      if (mark && compareFences(fence, mark) < 0) throw fencedOff(fence, mark);
      known.set(fence.scope, fence);
    },
    async close() {},
  };
}

/**
 * Marks in files, one per scope, in a folder that this process locks. Raises of one scope must come one after the other,
 * as the wrapper's mutex has them come.
 * @throws LifeboatError `marks-locked` (retryable) while another live process holds the folder.
 */
export async function openMarks(folder: string): Promise<Marks> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, 'lock');
  await takeLock(lock);
  const files = new Map<string, MarkFile>();
  const pathOf = (scope: string): string => join(folder, `${encodeURIComponent(scope)}.mark`);
  return {
    async raise(fence) {
      const { scope } = fence;
      const file = files.get(scope) ?? (await openMarkFile(pathOf(scope), scope));
      if (!file) {
        files.set(scope, await createMarkFile(pathOf(scope), fence));
        return;
      }
      files.set(scope, file);
      const order = compareFences(fence, file.mark());
      if (order < 0) throw fencedOff(fence, file.mark());
      if (order > 0) await file.write(fence);
    },
    async close() {
      await Promise.all([...files.values()].map((file) => file.close()));
      await rm(lock, { force: true });
    },
  };
}

async function takeLock(lock: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(JSON.stringify({ pid: process.pid, start: await processStart(process.pid) }));
      await file.close();
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (await holderLives(lock)) {
      throw passing(
        'marks-locked',
        'Another process owns these fence marks; a change queue has exactly one.',
        lock,
        'Stop the other agent, or wait until it has ended.',
      );
    }
    await rm(lock, { force: true });
  }
}

async function holderLives(lock: string): Promise<boolean> {
  try {
    const holder: unknown = JSON.parse(await readFile(lock, 'utf8'));
    if (typeof holder !== 'object' || holder === null || !('pid' in holder) || typeof holder.pid !== 'number')
      return false;
    return processAlive(holder.pid, 'start' in holder && typeof holder.start === 'string' ? holder.start : '');
  } catch {
    // Torn by a crash in the middle of writing it: its writer is gone.
    return false;
  }
}
