/**
 * Who a process id is. An id alone is no identity, because the kernel uses it again; an id with its start time is.
 * Linux only (`/proc`), and only where both processes see the same ids: what must hold between containers uses a lock
 * (`host/lock.ts`).
 */
import { readFileSync } from 'node:fs';

/** Field 22 of `/proc/PID/stat`, in clock ticks since boot; undefined for no such process, or a zombie. */
export function startTicksOf(pid: number): string | undefined {
  const fields = statOf(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return fields[19];
}

/** Whether the id still is the process that started at these ticks. */
export function isSameProcess(pid: number, startTicks: string): boolean {
  return startTicksOf(pid) === startTicks;
}

/** The fields of stat from the third on; the second, the name, may itself hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .trim()
      .split(' ');
  } catch {
    return undefined;
  }
}
