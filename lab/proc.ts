/** What a process takes of the machine. Linux only (`/proc`). */
import { readFileSync } from 'node:fs';

/** Proportional memory in bytes: shared pages divided among those who share them. Undefined when not readable. */
export function proportionalBytes(pid: number): number | undefined {
  try {
    const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Whether a signal has stopped the process, and none has let it go on since. */
export function isFrozen(pid: number): boolean {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
