/**
 * Owns reading the rows of one datacentre, and of that one only.
 *
 * What must never happen: a row counts as absent because its datacentre could not be asked, or because another one
 * answered. Every answer's coordinator and consistency are checked; anything else is an error, and the caller's
 * question is then unmeasured (I11).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import cassandra, { type Client } from 'cassandra-driver';
import { driverWords } from '../../../host/driver-words.ts';
import { passing } from '../failure.ts';
import { cassandraClient } from '../service/cassandra.ts';
import { bodyHash, type LedgerEntry } from './ledger.ts';

export interface DatacentreConfig {
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly datacentre: string;
  readonly username: string;
  readonly password: string;
}

export type Presence = 'present' | 'absent' | 'mismatched';

export interface Datacentre {
  /** Asks at LOCAL_QUORUM. Throws `datacentre-unreachable` when no quorum of this datacentre answered. */
  presence(entry: LedgerEntry): Promise<Presence>;
  close(): Promise<void>;
}

const SELECT = 'SELECT body FROM shop.items WHERE id = ?';
const TRIES = 3;
const RETRY_MS = 200;
const REQUEST_TIMEOUT_MS = 5_000;

/** Connects anew for each question, so that the answer is about now. Throws `datacentre-unreachable`. */
export async function openDatacentre(config: DatacentreConfig): Promise<Datacentre> {
  const client = cassandraClient({ ...config, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    await client.connect();
  } catch (error) {
    await client.shutdown().catch(() => undefined);
    throw unreachable(config.datacentre, driverWords(error));
  }
  return {
    presence: (entry) => presence(client, config.datacentre, entry),
    close: () => client.shutdown(),
  };
}

async function presence(client: Client, datacentre: string, entry: LedgerEntry): Promise<Presence> {
  let reason = '';
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0) await sleep(RETRY_MS * tried);
    try {
      const result = await client.execute(SELECT, [entry.id], { prepare: true });
      const wrong = wrongAnswerer(client, datacentre, result);
      if (wrong !== undefined) {
        reason = wrong;
        continue;
      }
      const row = result.first();
      if (row === null || row === undefined) return 'absent';
      const body: unknown = row.get('body');
      return typeof body === 'string' && bodyHash(body) === entry.hash ? 'present' : 'mismatched';
    } catch (error) {
      reason = driverWords(error);
    }
  }
  throw unreachable(datacentre, reason);
}

function wrongAnswerer(client: Client, datacentre: string, result: cassandra.types.ResultSet): string | undefined {
  const { queriedHost, achievedConsistency } = result.info;
  const answeredIn = client.hosts.get(queriedHost)?.datacenter;
  if (answeredIn !== datacentre) return `answered by ${answeredIn ?? 'an unknown datacentre'}`;
  if (achievedConsistency !== cassandra.types.consistencies.localQuorum) return 'answered at another consistency';
  return undefined;
}

function unreachable(datacentre: string, reason: string) {
  return passing(
    'datacentre-unreachable',
    `the datacentre cannot be asked: ${reason}`,
    datacentre,
    'Bring a quorum of its nodes up, then ask again.',
  );
}
