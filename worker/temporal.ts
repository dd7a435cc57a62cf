/**
 * Connections to Temporal, and running workers until the process is told to end. A Temporal that is away is waited
 * for: a worker that exits when its server restarts would be away when it comes back.
 */
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Estate } from '../estate/schema.ts';

const RETRY_FROM_MS = 250;
const RETRY_TO_MS = 5_000;

/** Mutual TLS from the estate's `temporal.tls` section; the key is a file, read here and kept nowhere else. */
async function tlsOf({ temporal: { tls } }: Estate): Promise<{ tls?: object }> {
  if (!tls) return {};
  const keyFile = tls.key.startsWith('file:') ? tls.key.slice('file:'.length) : tls.key;
  const [crt, key, serverRootCACertificate] = await Promise.all([
    readFile(tls.certificate),
    readFile(keyFile),
    tls.authority === undefined ? undefined : readFile(tls.authority),
  ]);
  return {
    tls: {
      clientCertPair: { crt, key },
      ...(serverRootCACertificate === undefined ? {} : { serverRootCACertificate }),
      ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
    },
  };
}

async function insist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  for (let waitMs = RETRY_FROM_MS; ; waitMs = Math.min(waitMs * 2, RETRY_TO_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const kind = error instanceof Error ? error.name : 'error';
      process.stdout.write(`${what} does not answer yet (${kind}); trying again in ${waitMs} ms\n`);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** For polling task queues. */
export async function connectWorker(estate: Estate): Promise<NativeConnection> {
  const tls = await tlsOf(estate);
  return insist('Temporal', () => NativeConnection.connect({ address: addressOf(estate), ...tls }));
}

/** For reading runs and reaching the lease. */
export async function connectClient(estate: Estate): Promise<Client> {
  const tls = await tlsOf(estate);
  const connection = await insist('Temporal', () => Connection.connect({ address: addressOf(estate), ...tls }));
  return new Client({ connection, namespace: estate.temporal.namespace });
}

function addressOf(estate: Estate): string {
  return process.env['TEMPORAL_ADDRESS'] ?? estate.temporal.address;
}

/** Runs all workers until SIGTERM or SIGINT; then lets what runs finish, within each worker's grace time. */
export async function runUntilStopped(workers: readonly Worker[]): Promise<void> {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  await Promise.all(workers.map((worker) => worker.run()));
}
