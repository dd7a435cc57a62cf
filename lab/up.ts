/**
 * Bringing servers up: what is not running is obtained, configured and started, side by side as far as needs allow.
 *
 * Safe to interrupt anywhere and to run again: a running server is left alone, a half obtained one is obtained anew.
 */
import { refusal } from '../kernel/errors.ts';
import { ensureEstate } from './estate.ts';
import { ensureMarks } from './faults/cut.ts';
import type { Instance } from './instance.ts';
import { logPath, logTail, startProcess, stateOf } from './processes.ts';
import type { OnProgress } from './progress.ts';
import type { RegisteredServer } from './registry.ts';
import type { LabServer, LabSystem } from './systems/system.ts';
import { describe, notYet, READY, type Readiness, waitFor } from './wait.ts';

export interface UpResult {
  readonly started: readonly string[];
  readonly alreadyRunning: readonly string[];
  /** Targets that cannot be started, with the reason. */
  readonly missing: readonly { readonly target: string; readonly why: string }[];
}

const READY_POLL_MS = 250;

/**
 * Starts those of the chosen servers that do not run, and waits until all chosen are ready. Throws the first failure
 * after every other one has come to its end, so that nothing goes on starting behind the caller's back.
 */
export async function bringUp(
  instance: Instance,
  chosen: readonly RegisteredServer[],
  onProgress: OnProgress,
): Promise<UpResult> {
  await ensureEstate(instance);
  await ensureMarks(instance, onProgress);
  const result = {
    started: [] as string[],
    alreadyRunning: [] as string[],
    missing: [] as UpResult['missing'][number][],
  };
  const present: RegisteredServer[] = [];
  for (const server of chosen) {
    const why = server.missing();
    if (why === undefined) {
      present.push(server);
      continue;
    }
    result.missing.push({ target: server.target, why });
    onProgress({ subject: server.target, phase: 'missing', text: why });
  }

  const obtained = onceEach((system: LabSystem) => system.obtain?.(onProgress) ?? Promise.resolve());
  const readyServer = onceEach(async (server: RegisteredServer) => {
    await Promise.all(server.needs.map(readySystem));
    await startOne(server);
  });
  /** As much of a system as is brought up here, with its bootstrap. */
  const readySystem = onceEach(async (system: LabSystem) => {
    const own = present.filter((server) => server.system === system);
    await Promise.all(own.map(readyServer));
    const { bootstrap } = system;
    // A restart of a few nodes of a cluster that has its schema waits for nothing.
    if (bootstrap === undefined || bootstrap.isDone(instance) || own.length < system.servers.length) return;
    await bootstrap.carryOut(instance, onProgress, () => allReady(instance, own));
  });

  async function startOne(server: RegisteredServer): Promise<void> {
    const { target } = server;
    const startedAt = Date.now();
    const running = (await stateOf(instance, target)).kind === 'running';
    if (running) {
      result.alreadyRunning.push(target);
    } else {
      await obtained(server.system);
      const command = await server.configure(instance);
      onProgress({ subject: target, phase: 'start', text: 'starting' });
      await startProcess(instance, target, server.place, command);
      result.started.push(target);
    }
    await untilReady(instance, server, onProgress);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    onProgress({
      subject: target,
      phase: running ? 'running' : 'ready',
      text: running ? 'running' : `ready in ${seconds} s`,
    });
  }

  const systems = new Set(present.map((server) => server.system));
  const ends = await Promise.allSettled([...present.map(readyServer), ...[...systems].map(readySystem)]);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return result;
}

/** Runs `work` once for each thing that it is asked for; who asks again waits for the same end. */
function onceEach<T>(work: (thing: T) => Promise<void>): (thing: T) => Promise<void> {
  const begun = new Map<T, Promise<void>>();
  return (thing) => {
    const known = begun.get(thing);
    if (known !== undefined) return known;
    const made = work(thing);
    begun.set(thing, made);
    return made;
  };
}

/** The first that is not ready, or ready. */
async function allReady(instance: Instance, servers: readonly LabServer[]): Promise<Readiness> {
  const looks = await Promise.all(servers.map((server) => server.ready(instance)));
  return looks.find((look) => !look.ok) ?? READY;
}

/** What a log says last: its last line that speaks of an error, else its last lines. */
function lastWords(tail: string): string {
  const lines = tail.trim().split('\n');
  return lines.findLast((line) => /error|exception|fatal/i.test(line))?.trim() ?? lines.slice(-3).join(' | ');
}

/** Waits for one server; a process that ended meanwhile is told at once, with the end of its log. */
async function untilReady(instance: Instance, server: LabServer, onProgress: OnProgress): Promise<void> {
  const { target } = server;
  let last = '';
  let died: Error | undefined;
  await waitFor(
    async () => {
      if ((await stateOf(instance, target)).kind === 'running') return server.ready(instance);
      const tail = lastWords(await logTail(instance, target, 4000));
      const where = logPath(instance, target);
      died = refusal('lab-died', `${target} ended while starting: ${tail}`, where, `Read ${where}.`);
      return READY;
    },
    {
      timeoutMs: server.readyTimeoutMs,
      everyMs: READY_POLL_MS,
      what: target,
      where: logPath(instance, target),
      onWhy: (why) => {
        if (why !== last) onProgress({ subject: target, phase: 'wait', text: why });
        last = why;
      },
    },
  ).catch((error: unknown) => {
    onProgress({ subject: target, phase: 'failed', text: describe(error) });
    throw error;
  });
  if (died !== undefined) {
    onProgress({ subject: target, phase: 'failed', text: died.message });
    throw died;
  }
}

/** One look at a target that should be running; used by status. */
export async function lookReady(instance: Instance, server: LabServer): Promise<{ ok: boolean; why: string }> {
  if ((await stateOf(instance, server.target)).kind !== 'running') return { ok: false, why: 'not running' };
  const found = await server.ready(instance).catch((error: unknown) => notYet(describe(error)));
  return found.ok ? { ok: true, why: 'ready' } : { ok: false, why: found.why };
}
