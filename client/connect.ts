/**
 * Opening the operator's API: a connection of its own by `host/temporal.ts`, or one that the caller has.
 *
 * Must never happen: a person who waits for a Temporal that is away without being told.
 */
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import type { Estate } from '../estate/schema.ts';
import { createSecrets } from '../host/secrets.ts';
import {
  CHANNEL_ARGS,
  type ConnectionSettings,
  connectionSettings,
  type Environment,
  namespaceOf,
} from '../host/temporal.ts';
import type { Lifeboat, Signer } from './api.ts';
import { createLifeboat } from './lifeboat.ts';
import { unreachable } from './temporal/failures.ts';

/** Longer than a server needs to start over after a kill (0.6 s, facts/temporal.md), short for a person who waits. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface OpenOptions {
  readonly estate: Estate;
  /** Of the same estate file, from `parseEstate`. */
  readonly digest: string;
  readonly signer: Signer;
  /** An open connection of the caller's, which `close` leaves open. */
  readonly connection?: ConnectionLike;
  /**
   * Connects at the first call, and again by itself after it was lost: for a process that starts while Temporal is away.
   * Its calls then fail with `temporal-unreachable`.
   */
  readonly lazy?: boolean;
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
 * @throws LifeboatError `temporal-unreachable` (after 5 s, unless `lazy`), and as `connectionSettings`.
 */
export async function openLifeboat(options: OpenOptions): Promise<Lifeboat> {
  const own = options.connection === undefined ? await connect(options) : undefined;
  const connection = options.connection ?? own;
  if (connection === undefined) throw new TypeError('there is a connection: it was given or made');
  const namespace = options.namespace ?? namespaceOf(options.estate, options.environment);
  return createLifeboat({
    estate: options.estate,
    digest: options.digest,
    signer: options.signer,
    client: new Client({ connection, namespace }),
    clock: options.clock ?? Date.now,
    close: async () => own?.close(),
  });
}

async function connect(options: OpenOptions): Promise<Connection> {
  const { folder = process.cwd(), environment = process.env, lazy = false } = options;
  const secrets = createSecrets({ folder, env: environment });
  const found = await connectionSettings(options.estate, { folder, secrets, environment });
  const settings: ConnectionSettings = { ...found, address: options.address ?? found.address };
  if (lazy) return Connection.lazy({ ...settings, channelArgs: CHANNEL_ARGS });
  try {
    return await Connection.connect({ ...settings, channelArgs: CHANNEL_ARGS, connectTimeout: CONNECT_TIMEOUT_MS });
  } catch {
    throw unreachable(settings.address);
  }
}
