/**
 * Who a pid is. A pid alone is not an identity, because the kernel uses it again; a pid with its start time is.
 * Linux only (`/proc`).
 */
import { readFileSync } from 'node:fs';

/** Field 22 of `/proc/PID/stat`, in clock ticks since boot; undefined for no such process, or a zombie. */
export function startTicksOf(pid: number): string | undefined {
  const fields = statOf(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return fields[19];
}

/** Whether the pid still is the process that started at these ticks. */
export function isSameProcess(pid: number, startTicks: string): boolean {
  return startTicksOf(pid) === startTicks;
}

/** Resident memory in bytes; shared pages are counted in every process. */
export function residentBytes(pid: number): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages ?? 0) * 4096;
  } catch {
    return 0;
  }
}

/** Proportional memory in bytes: shared pages divided among those who share them. Undefined when not readable. */
export function proportionalBytes(pid: number): number | undefined {
  try {
    const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
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
