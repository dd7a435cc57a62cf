/**
 * Connections to Temporal, and running workers until the process is told to end. A Temporal that is away is waited
 * for: a worker that exits when its server restarts would be away when it comes back.
 */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Estate } from '../estate/schema.ts';
import { pause } from '../host/pause.ts';
import { CHANNEL_ARGS, connectionSettings, namespaceOf, type TemporalAccess } from '../host/temporal.ts';
import { backoffMs } from '../kernel/backoff.ts';

const RETRY = { firstMs: 250, mostMs: 5_000 };

async function insist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const kind = error instanceof Error ? error.name : 'error';
      const waitMs = backoffMs(failures, RETRY);
      process.stdout.write(`${what} does not answer yet (${kind}); trying again in ${waitMs} ms\n`);
      await pause(waitMs);
    }
  }
}

/**
 * For polling task queues. A server that is away is waited for.
 * @throws LifeboatError as `connectionSettings`
 */
export async function connectWorker(estate: Estate, access: TemporalAccess): Promise<NativeConnection> {
  const settings = await connectionSettings(estate, access);
  return insist('Temporal', () => NativeConnection.connect(settings));
}

/** For reading runs and reaching the lease; as {@link connectWorker}. */
export async function connectClient(estate: Estate, access: TemporalAccess): Promise<Client> {
  const settings = await connectionSettings(estate, access);
  const connection = await insist('Temporal', () => Connection.connect({ ...settings, channelArgs: CHANNEL_ARGS }));
  return new Client({ connection, namespace: namespaceOf(estate, access.environment) });
}

/** While it lasts, SIGTERM and SIGINT abort its signal; before and after, they end the process as they do any other. */
export function untilTold(): { readonly signal: AbortSignal; forget(): void } {
  const told = new AbortController();
  const tell = (): void => told.abort();
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const one of signals) process.once(one, tell);
  return {
    signal: told.signal,
    forget() {
      for (const one of signals) process.off(one, tell);
    },
  };
}

/** Begins to poll; answers how it is ended, letting what runs finish within each worker's grace time. */
export function running(workers: readonly Worker[]): { readonly ended: Promise<void>; stop(): Promise<void> } {
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    ended,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

/** Runs all workers until the signal; fails where one of them does. */
export async function runUntil(signal: AbortSignal, workers: readonly Worker[]): Promise<void> {
  const { ended, stop } = running(workers);
  signal.addEventListener('abort', () => void stop().catch(() => undefined), { once: true });
  if (signal.aborted) await stop();
  await ended;
}
