/** Which process a number meant: a pid is reused, a pid with its start time is not. */
import { readFile } from 'node:fs/promises';

/** Field 22 of /proc/PID/stat (proc(5): start time in clock ticks since boot); empty where it cannot be read. */
export async function processStart(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Whether the process that had this pid and start time still runs. */
export async function processAlive(pid: number, start: string): Promise<boolean> {
  const now = await processStart(pid);
  return now !== '' && now === start;
}
