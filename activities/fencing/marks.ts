/**
 * The durable mark of each scope: the newest fence that was ever let through. It stands beside what the agent writes
 * and is raised before every effect, so that a zombie of any run is refused, also after a restart (I3).
 *
 * One process owns a folder of marks; a second one that opens it is refused.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { passing, refusal } from '../../kernel/errors.ts';
import { compareFences, Fence } from '../../kernel/fence.ts';
import { processAlive, processStart } from './process-identity.ts';

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
 * Marks in files, one per scope, in a folder that this process locks.
 * @throws LifeboatError `marks-locked` (retryable) while another live process holds the folder.
 */
export async function openMarks(folder: string): Promise<Marks> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, 'lock');
  await takeLock(lock);
  const known = new Map<string, Fence>();
  return {
    async raise(fence) {
      const mark = known.get(fence.scope) ?? (await readMark(folder, fence.scope));
      if (mark && compareFences(fence, mark) < 0) throw fencedOff(fence, mark);
      if (!mark || compareFences(fence, mark) > 0) await writeMark(folder, fence);
      known.set(fence.scope, fence);
    },
    async close() {
      await rm(lock, { force: true });
    },
  };
}

/** By shape and not by `instanceof`: Node's own errors are of another realm in a sandboxed module registry. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

const fileOf = (folder: string, scope: string): string => join(folder, `${encodeURIComponent(scope)}.json`);

async function readMark(folder: string, scope: string): Promise<Fence | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(folder, scope), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = Fence.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw refusal(
    'bad-mark',
    `The mark of ${scope} cannot be read.`,
    folder,
    'Find out who wrote it before any run goes on.',
  );
}

async function writeMark(folder: string, fence: Fence): Promise<void> {
  const target = fileOf(folder, fence.scope);
  const temporary = `${target}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(fence));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, target);
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
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
