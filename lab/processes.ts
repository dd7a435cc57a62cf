/**
 * The lab's processes: started detached (own session, the place's group id), each with a log and a record of who it is.
 *
 * Must never happen: a signal to a process that the lab did not start. A record names pid and start ticks; only a pid
 * whose ticks still match is signalled. The record is written by the starting shell itself before it becomes the server
 * (`exec` keeps pid and start time), so that no interruption leaves a server that nobody knows of.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from '../host/process-identity.ts';
import { readIfThere } from '../host/whole-files.ts';
import { LifeboatError } from '../kernel/errors.ts';
import type { Instance } from './instance.ts';
import { groupIdOf, type Place } from './places.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** `<root>/run/<target>.json`. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTicks: string;
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export type ProcessState =
  | { readonly kind: 'running'; readonly record: ProcessRecord }
  | { readonly kind: 'dead'; readonly record: ProcessRecord }
  | { readonly kind: 'never-started' };

/** A log beyond this is put aside when its process starts again; one old log is kept. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const STOP_POLL_MS = 25;

/**
 * `$$` keeps its value through exec. Field 22 of stat is read with the name (in brackets, it may hold spaces) cut off.
 * $1 is the record's path, $2 the rest of its JSON; what follows is the command.
 */
const LAUNCHER = `
stat=$(cat /proc/$$/stat) || exit 70
set -- "$1" "$2" "$(printf '%s' "\${stat##*) }" | cut -d ' ' -f 20)" "$@"
printf '{"pid":%s,"startTicks":"%s",%s}\\n' "$$" "$3" "$2" > "$1.$$.tmp" && mv "$1.$$.tmp" "$1" || exit 70
shift 5
exec "$@"
`;

export function recordPath(instance: Instance, target: string): string {
  return join(instance.root, 'run', `${target}.json`);
}

export function logPath(instance: Instance, target: string): string {
  return join(instance.root, 'logs', `${target}.log`);
}

/** What the record says and the kernel confirms. */
export async function stateOf(instance: Instance, target: string): Promise<ProcessState> {
  const text = await readIfThere(recordPath(instance, target));
  if (text === undefined) return { kind: 'never-started' };
  const record = parseRecord(text, recordPath(instance, target));
  return isSameProcess(record.pid, record.startTicks) ? { kind: 'running', record } : { kind: 'dead', record };
}

/**
 * Starts a command for a target, detached from this process. Resolves when its record is written; throws
 * `lab-start-failed` when the launcher ended before that. The caller has made sure that the target is not running.
 */
export async function startProcess(
  instance: Instance,
  target: string,
  place: Place,
  command: Command,
): Promise<ProcessRecord> {
  const path = recordPath(instance, target);
  const log = logPath(instance, target);
  await mkdir(dirname(path), { recursive: true });
  await mkdir(dirname(log), { recursive: true });
  await rotate(log);
  const startedAt = new Date().toISOString();
  const rest = JSON.stringify({ command: [command.file, ...command.args].join(' '), startedAt }).slice(1, -1);
  const output = openSync(log, 'a');
  try {
    const child = spawn('/bin/sh', ['-c', LAUNCHER, 'lifeboat-lab', path, rest, command.file, ...command.args], {
      cwd: command.folder ?? instance.root,
      detached: true,
      stdio: ['ignore', output, output],
      env: environmentOf(command),
      ...(isRoot() ? { gid: groupIdOf(instance.slot, place) } : {}),
    });
    const failed = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`it ended at once (${signal ?? `exit ${code}`})`));
    });
    child.unref();
    return await recordOf(instance, target, child.pid, failed);
  } finally {
    closeSync(output);
  }
}

/**
 * Sends a signal to the whole process group of a record; looks at the start ticks again, right before it. Says whether
 * there was a living process to send it to.
 */
export function signalRecord(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isSameProcess(record.pid, record.startTicks)) return false;
  try {
    // Detached processes lead their own group, so its number is the pid.
    process.kill(-record.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Asks it to end, then kills it. Resolves when the process is gone. */
export async function stopProcess(instance: Instance, target: string, graceMs: number): Promise<boolean> {
  const state = await stateOf(instance, target);
  if (state.kind !== 'running') return false;
  signalRecord(state.record, 'SIGTERM');
  if (!(await goneWithin(state.record, graceMs))) {
    signalRecord(state.record, 'SIGKILL');
    await goneWithin(state.record, 5000);
  }
  return true;
}

/** Waits until the process is gone; false when it still lives at the limit. */
export async function goneWithin(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (isSameProcess(record.pid, record.startTicks)) {
    if (Date.now() >= until) return false;
    await sleep(STOP_POLL_MS);
  }
  return true;
}

/** The last bytes of a target's log. */
export async function logTail(instance: Instance, target: string, sizeBytes = 16_384): Promise<string> {
  const file = await open(logPath(instance, target), 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - sizeBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The record of the process just started; until the launcher has written it, that of an earlier one may stand there. */
async function recordOf(
  instance: Instance,
  target: string,
  pid: number | undefined,
  failed: Promise<string>,
): Promise<ProcessRecord> {
  const until = Date.now() + 10_000;
  let why: string | undefined;
  void failed.then((reason) => {
    why = reason;
  });
  for (;;) {
    const state = await stateOf(instance, target);
    if (state.kind !== 'never-started' && state.record.pid === pid) return state.record;
    if (why !== undefined || Date.now() >= until) break;
    await sleep(5);
  }
  throw new LifeboatError({
    type: 'lab-start-failed',
    message: `${target} could not be started: ${why ?? 'no record after 10 s'}`,
    where: logPath(instance, target),
    mend: `Read ${logPath(instance, target)}.`,
    retryable: true,
  });
}

/** Servers get what they need and no more: the caller's environment may hold credentials. */
function environmentOf(command: Command): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'JAVA_HOME', 'NODE_EXTRA_CA_CERTS'];
  const environment: Record<string, string> = {};
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...command.environment };
}

async function rotate(log: string): Promise<void> {
  const found = await stat(log).catch(() => undefined);
  if (found !== undefined && found.size > LOG_LIMIT_BYTES) await rename(log, `${log}.old`);
}

function parseRecord(text: string, where: string): ProcessRecord {
  const value: unknown = JSON.parse(text);
  if (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'startTicks' in value &&
    'command' in value &&
    'startedAt' in value
  ) {
    return {
      pid: Number(value.pid),
      startTicks: String(value.startTicks),
      command: String(value.command),
      startedAt: String(value.startedAt),
    };
  }
  throw new LifeboatError({
    type: 'lab-record-broken',
    message: 'a process record is not in its shape',
    where,
    mend: 'Delete the file after making sure that the process it was for is gone.',
    retryable: false,
  });
}
