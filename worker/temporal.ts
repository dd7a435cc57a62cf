/**
 * Connections to Temporal, and running workers until the process is told to end. A Temporal that is away is waited
 * for: a worker that exits when its server restarts would be away when it comes back.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';

import { NativeConnection, type TLSConfig, type Worker } from '@temporalio/worker';
import type { Estate } from '../estate/schema.ts';
import type { Secrets } from '../host/secrets.ts';
import { refusal } from '../kernel/errors.ts';

const RETRY_FROM_MS = 250;
const RETRY_TO_MS = 5_000;

/** What the way to Temporal needs beside the estate: where its relative paths begin, and its secrets. */
export interface TemporalAccess {
  /** The folder of the estate file. */
  readonly folder: string;
  readonly secrets: Secrets;
}

/** Mutual TLS from the estate's `temporal.tls` section; the key is resolved here and kept nowhere else. */
async function tlsOf({ temporal: { tls } }: Estate, { folder, secrets }: TemporalAccess): Promise<{ tls?: TLSConfig }> {
  if (!tls) return {};
  const [crt, key, authority] = await Promise.all([
    fileAt(folder, tls.certificate),
    secrets.resolve(tls.key),
    tls.authority === undefined ? undefined : fileAt(folder, tls.authority),
  ]);
  return {
    tls: {
      clientCertPair: { crt, key: Buffer.from(key.reveal()) },
      ...(authority === undefined ? {} : { serverRootCACertificate: authority }),
      ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
    },
  };
}

async function fileAt(folder: string, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(folder, path));
  } catch {
    throw refusal('tls-file', 'A file for TLS to Temporal cannot be read.', path, 'Name one that this user may read.');
  }
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

/**
 * For polling task queues. A server that is away is waited for.
 * @throws LifeboatError `tls-file`, and what a secret's reference throws
 */
export async function connectWorker(estate: Estate, access: TemporalAccess): Promise<NativeConnection> {
  const tls = await tlsOf(estate, access);
  return insist('Temporal', () => NativeConnection.connect({ address: addressOf(estate), ...tls }));
}

/** For reading runs and reaching the lease. */
export async function connectClient(estate: Estate, access: TemporalAccess): Promise<Client> {
  const tls = await tlsOf(estate, access);
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
