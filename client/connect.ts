/**
 * The way to Temporal: address, namespace and TLS of the estate file, overridden by the environment variables that
 * Temporal's own tools read (TEMPORAL_ADDRESS and the others; names of temporalio/sdk-typescript `packages/envconfig`).
 *
 * A connection by itself may change nothing (I2): every decision that it carries is signed.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Client, Connection, type ConnectionLike, type ConnectionOptions } from '@temporalio/client';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';
import type { Lifeboat, Signer } from './api.ts';
import { createLifeboat } from './lifeboat.ts';
import { unreachable } from './temporal/failures.ts';

/** Longer than a server needs to start over after a kill (0.6 s, facts/temporal.md), short for a person who waits. */
const CONNECT_TIMEOUT_MS = 5_000;

type Environment = { readonly [name: string]: string | undefined };
type Tls = Exclude<ConnectionOptions['tls'], boolean | null | undefined>;

export interface OpenOptions {
  readonly estate: Estate;
  /** Of the same estate file, from `parseEstate`. */
  readonly digest: string;
  readonly signer: Signer;
  /** An open connection of the caller's, which `close` leaves open. */
  readonly connection?: ConnectionLike;
  /** Instead of the estate's and the environment's; `host:port`. */
  readonly address?: string;
  readonly namespace?: string;
  /** Folder of the estate file: its relative paths begin there. The working folder when left out. */
  readonly folder?: string;
  readonly environment?: Environment;
  /** Milliseconds since 1970; for tests. */
  readonly clock?: () => number;
}

/**
 * Connects and gives the operator's API.
 * @throws LifeboatError `temporal-unreachable` (after 5 s), `tls-file`, `tls-reference`.
 */
export async function openLifeboat(options: OpenOptions): Promise<Lifeboat> {
  const environment = options.environment ?? process.env;
  const namespace = options.namespace ?? environment.TEMPORAL_NAMESPACE ?? options.estate.temporal.namespace;
  const own = options.connection === undefined ? await connect(options, environment) : undefined;
  const connection = options.connection ?? own;
  if (connection === undefined) throw new TypeError('there is a connection: it was given or made');
  return createLifeboat({
    estate: options.estate,
    digest: options.digest,
    signer: options.signer,
    client: new Client({ connection, namespace }),
    clock: options.clock ?? Date.now,
    close: async () => own?.close(),
  });
}

async function connect(options: OpenOptions, environment: Environment): Promise<Connection> {
  const address = options.address ?? environment.TEMPORAL_ADDRESS ?? options.estate.temporal.address;
  const tls = await tlsOf(options, environment);
  const apiKey = environment.TEMPORAL_API_KEY;
  try {
    return await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined || apiKey === '' ? {} : { apiKey }),
    });
  } catch {
    throw unreachable(address);
  }
}

/** TLS when the estate or the environment asks for it; an API key alone asks for it too, so that it is never sent bare. */
async function tlsOf(options: OpenOptions, environment: Environment): Promise<Tls | true | undefined> {
  const described = options.estate.temporal.tls;
  const certificatePath = environment.TEMPORAL_TLS_CLIENT_CERT_PATH ?? described?.certificate;
  const authorityPath = environment.TEMPORAL_TLS_SERVER_CA_CERT_PATH ?? described?.authority;
  const keyPath = environment.TEMPORAL_TLS_CLIENT_KEY_PATH;
  const serverName = environment.TEMPORAL_TLS_SERVER_NAME ?? described?.serverName;
  const folder = options.folder ?? process.cwd();
  const key =
    keyPath !== undefined
      ? await fileAt(folder, keyPath)
      : described !== undefined
        ? await referenced(folder, described.key, environment)
        : undefined;
  const certificate = certificatePath === undefined ? undefined : await fileAt(folder, certificatePath);
  const authority = authorityPath === undefined ? undefined : await fileAt(folder, authorityPath);
  if ((certificate === undefined) !== (key === undefined)) {
    const mend = 'Give both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or neither.';
    throw refusal('tls-half', 'Mutual TLS needs a certificate and its key; one is missing.', 'temporal.tls', mend);
  }
  const tls: Tls = {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(authority === undefined ? {} : { serverRootCACertificate: authority }),
    ...(certificate === undefined || key === undefined ? {} : { clientCertPair: { crt: certificate, key } }),
  };
  if (Object.keys(tls).length > 0) return tls;
  const asked = ['true', '1'].includes(environment.TEMPORAL_TLS ?? '') || (environment.TEMPORAL_API_KEY ?? '') !== '';
  return asked ? true : undefined;
}

async function fileAt(folder: string, path: string): Promise<Buffer> {
  try {
    return await readFile(resolve(folder, path));
  } catch {
    throw refusal('tls-file', 'A file for TLS to Temporal cannot be read.', path, 'Name one that this user may read.');
  }
}

/** `file:PATH` and `env:NAME`; a vault is not asked from here. */
async function referenced(folder: string, reference: string, environment: Environment): Promise<Buffer> {
  if (reference.startsWith('file:')) return fileAt(folder, reference.slice('file:'.length));
  const value = reference.startsWith('env:') ? environment[reference.slice('env:'.length)] : undefined;
  if (value !== undefined && value !== '') return Buffer.from(value);
  throw refusal(
    'tls-reference',
    'The key for TLS to Temporal cannot be had from its reference.',
    reference,
    'Set that variable, or write the key to a file and name it in TEMPORAL_TLS_CLIENT_KEY_PATH.',
  );
}
