/**
 * HAProxy's server state file: what a reload or a restart loads, so that a drain survives it.
 *
 * Must never happen: a half-written file, or one older than what HAProxy runs. Several backends share one file and may
 * be changed at once, so what was written is compared with a second look, and written again until both are the same.
 */
import { readFile } from 'node:fs/promises';
import { writeWhole } from '../../host/whole-files.ts';
import { passing } from '../../kernel/errors.ts';
import type { HaproxySocket } from './haproxy-socket.ts';
import { parseServersState } from './haproxy-tables.ts';

const TRIES = 5;
const ALL_STATES = 'show servers state';

/** Whether the file holds what HAProxy runs, for one backend; counters and check results do not matter. */
export async function isKept(
  path: string,
  backend: string,
  socket: HaproxySocket,
  signal: AbortSignal,
): Promise<boolean> {
  const running = await socket.ask(ALL_STATES, signal);
  const file = await readFile(path, 'utf8').catch(() => undefined);
  return file !== undefined && essence(file, backend) === essence(running, backend);
}

/** Writes what HAProxy runs into its state file, durably. @throws LifeboatError `haproxy-state-file` (may pass) */
export async function keepState(path: string, socket: HaproxySocket, signal: AbortSignal): Promise<void> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const text = await socket.ask(ALL_STATES, signal);
    parseServersState(text);
    await replaceFile(path, text);
    if (essence(text) === essence(await socket.ask(ALL_STATES, signal))) return;
  }
  throw passing(
    'haproxy-state-file',
    'The servers of HAProxy changed each time that their state was written.',
    path,
    'Find out who else changes them, and try again.',
  );
}

function essence(text: string, backend?: string): string | undefined {
  try {
    return parseServersState(text)
      .filter((one) => backend === undefined || one.backend === backend)
      .map((one) => `${one.backend}/${one.server} ${one.admin} ${one.weight}`)
      .sort()
      .join('\n');
  } catch {
    return undefined;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text, { makesFolder: false });
  } catch {
    throw passing(
      'haproxy-state-file',
      'The state file of HAProxy cannot be written.',
      path,
      'See that its folder is there, is the one that HAProxy reads, and may be written; until then a reload forgets what was set.',
    );
  }
}
