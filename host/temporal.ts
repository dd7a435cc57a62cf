/**
 * The way to Temporal, for workers, operators and the bot alike: address, namespace and TLS of the estate file,
 * overridden by the environment variables that Temporal's own tools read (TEMPORAL_ADDRESS and the others; names of
 * temporalio/sdk-typescript `packages/envconfig`). A variable that is empty counts as not set.
 *
 * A connection by itself may change nothing (I2): every decision that it carries is signed.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';
import type { Secrets } from './secrets.ts';

export type Environment = { readonly [name: string]: string | undefined };

/** What the way to Temporal needs beside the estate. */
export interface TemporalAccess {
  /** Folder of the estate file: where relative paths begin. */
  readonly folder: string;
  readonly secrets: Secrets;
  /** The process's own when left out. */
  readonly environment?: Environment;
}

/** As the SDK's `TLSConfig`. */
export interface TemporalTls {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

/** Options that `Connection` and `NativeConnection` both take. */
export interface ConnectionSettings {
  /** `host:port`. */
  readonly address: string;
  /** `true`: TLS by what the machine trusts, without a certificate of our own. */
  readonly tls?: TemporalTls | true;
  readonly apiKey?: string;
}

/**
 * For `Connection`: gRPC tries again after two minutes at most, and after a long outage a bot or a control worker would be
 * deaf for as long.
 */
export const CHANNEL_ARGS = { 'grpc.max_reconnect_backoff_ms': 5_000 };

/** @throws LifeboatError `tls-file`, `tls-half`, and what a secret's reference throws. Connects nowhere. */
export async function connectionSettings(estate: Estate, access: TemporalAccess): Promise<ConnectionSettings> {
  const environment = access.environment ?? process.env;
  const apiKey = setting(environment, 'TEMPORAL_API_KEY');
  const tls = await tlsOf(estate, access, environment);
  return {
    address: setting(environment, 'TEMPORAL_ADDRESS') ?? estate.temporal.address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/** Workers and operators that do not agree on it never meet. */
export function namespaceOf(estate: Estate, environment: Environment = process.env): string {
  return setting(environment, 'TEMPORAL_NAMESPACE') ?? estate.temporal.namespace;
}

/** TLS when the estate or the environment asks for it; an API key alone asks for it too, so that it is never sent bare. */
async function tlsOf(
  { temporal: { tls: described } }: Estate,
  { folder, secrets }: TemporalAccess,
  environment: Environment,
): Promise<TemporalTls | true | undefined> {
  refuseData(environment);
  const keyPath = setting(environment, 'TEMPORAL_TLS_CLIENT_KEY_PATH');
  const serverName = setting(environment, 'TEMPORAL_TLS_SERVER_NAME') ?? described?.serverName;
  const [crt, authority, key] = await Promise.all([
    fileAt(folder, setting(environment, 'TEMPORAL_TLS_CLIENT_CERT_PATH') ?? described?.certificate),
    fileAt(folder, setting(environment, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH') ?? described?.authority),
    keyPath === undefined ? keyOf(described?.key, secrets) : fileAt(folder, keyPath),
  ]);
  if ((crt === undefined) !== (key === undefined)) {
    const mend = 'Give both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or neither.';
    throw refusal('tls-half', 'Mutual TLS needs a certificate and its key; one is missing.', 'temporal.tls', mend);
  }
  const tls: TemporalTls = {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(authority === undefined ? {} : { serverRootCACertificate: authority }),
    ...(crt === undefined || key === undefined ? {} : { clientCertPair: { crt, key } }),
  };
  if (Object.keys(tls).length > 0) return tls;
  const asked = switchOf(environment, 'TEMPORAL_TLS');
  return asked || setting(environment, 'TEMPORAL_API_KEY') !== undefined ? true : undefined;
}

/** The key is resolved here and kept nowhere else (I8). */
async function keyOf(reference: string | undefined, secrets: Secrets): Promise<Buffer | undefined> {
  return reference === undefined ? undefined : Buffer.from((await secrets.resolve(reference)).reveal());
}

async function fileAt(folder: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(resolve(folder, path));
  } catch {
    throw refusal('tls-file', 'A file for TLS to Temporal cannot be read.', path, 'Name one that this user may read.');
  }
}

/** Whatever is neither is refused: a word that was taken for "no" would send everything in the clear. */
function switchOf(environment: Environment, name: string): boolean {
  const value = setting(environment, name)?.toLowerCase();
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1') return true;
  throw refusal('bad-tls-setting', `${name} is neither true nor false.`, name, 'Write true or false.');
}

/** Temporal's own tools read these; here they would be passed over, and the connection be a clear one. */
function refuseData(environment: Environment): void {
  for (const part of ['CLIENT_CERT', 'CLIENT_KEY', 'SERVER_CA_CERT']) {
    const name = `TEMPORAL_TLS_${part}_DATA`;
    if (setting(environment, name) === undefined) continue;
    const mend = `Write it to a file, and name that in TEMPORAL_TLS_${part}_PATH.`;
    throw refusal('bad-tls-setting', `${name} is not read here.`, name, mend);
  }
}

function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}
