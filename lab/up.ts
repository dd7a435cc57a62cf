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
import { initialiseCassandra, isInitialised } from './systems/cassandra/schema.ts';
import { ensureSecrets } from './systems/lifeboat/keys.ts';
import type { LabServer } from './systems/system.ts';
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
  chosen: readonly LabServer[],
  onProgress: OnProgress,
): Promise<UpResult> {
  await ensureSecrets(instance);
  await ensureEstate(instance);
  await ensureMarks(instance, onProgress);
  const result = {
    started: [] as string[],
    alreadyRunning: [] as string[],
    missing: [] as UpResult['missing'][number][],
  };
  const present: LabServer[] = [];
  for (const server of chosen) {
    const why = server.missing();
    if (why === undefined) {
      present.push(server);
      continue;
    }
    result.missing.push({ target: server.target, why });
    onProgress({ subject: server.target, phase: 'missing', text: why });
  }
  const tasks = new Map<string, Promise<void>>();
  let schema: Promise<void> | undefined;

  /** The schema needs every node; a restart of a few nodes of a cluster that has it waits for nothing. */
  function withSchema(): Promise<void> {
    schema ??= (async () => {
      const nodes = present.filter((server) => server.kind === 'cassandra');
      await Promise.all(nodes.map(task));
      if (isInitialised(instance)) return;
      if (nodes.length === instance.plan.nodes.length)
        await initialiseCassandra(instance, onProgress, () => allReady(nodes));
    })();
    return schema;
  }

  function task(server: LabServer): Promise<void> {
    const known = tasks.get(server.target);
    if (known !== undefined) return known;
    const made = (async () => {
      const needed = present.filter((other) => server.needs.includes(other.kind));
      await Promise.all(needed.map(task));
      if (server.needs.includes('cassandra') && needed.some((other) => other.kind === 'cassandra')) await withSchema();
      await startOne(server);
    })();
    tasks.set(server.target, made);
    return made;
  }

  async function startOne(server: LabServer): Promise<void> {
    const { target } = server;
    const startedAt = Date.now();
    const running = (await stateOf(instance, target)).kind === 'running';
    if (running) {
      result.alreadyRunning.push(target);
    } else {
      await server.obtain(onProgress);
      const command = await server.configure();
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

  const works = present.map(task);
  if (present.some((server) => server.kind === 'cassandra')) works.push(withSchema());
  const ends = await Promise.allSettled(works);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return result;
}

/** The first that is not ready, or ready. */
async function allReady(servers: readonly LabServer[]): Promise<Readiness> {
  const looks = await Promise.all(servers.map((server) => server.ready()));
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
      if ((await stateOf(instance, target)).kind === 'running') return server.ready();
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
  const found = await server.ready().catch((error: unknown) => notYet(describe(error)));
  return found.ok ? { ok: true, why: 'ready' } : { ok: false, why: found.why };
}
