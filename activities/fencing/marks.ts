/**
 * The durable mark of each scope: the newest fence that was ever let through. It stands beside what the agent writes
 * and is raised before every effect, so that a zombie of any run is refused, also after a restart (I3).
 *
 * One process owns a folder of marks, by a lock that the kernel keeps and that holds between containers as well; a second
 * one that opens it is refused.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lock, takeLock } from '../../host/lock.ts';
import { compareFences, type Fence } from '../../kernel/authority/fence.ts';
import { type LifeboatError, passing, refusal } from '../../kernel/errors.ts';
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
  const lock = await lockFolder(folder);
  const files = new Map<string, MarkFile>();
  const pathOf = (scope: string): string => join(folder, `${encodeURIComponent(scope)}.mark`);
  return {
    async raise(fence) {
      const { scope } = fence;
      // Each time: a folder that was removed and made anew has another owner, whose marks this process does not see.
      if (!(await lock.holds())) throw lost(folder);
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
      await Promise.all([...files.values()].map((file) => file.close())).finally(() => lock.release());
    },
  };
}

function lost(folder: string): LifeboatError {
  return refusal(
    'marks-lost',
    'The folder of the fence marks was removed, or given up, so that another process may own them.',
    folder,
    'Stop this agent, see that no other one serves its queues, put the folder back where it is kept, and start it again.',
  );
}

async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, 'lock');
  const lock = await takeLock(path);
  if (lock) return lock;
  throw passing(
    'marks-locked',
    'Another process owns these fence marks; a change queue has exactly one.',
    path,
    'Stop the other agent, or wait until it has ended.',
  );
}
