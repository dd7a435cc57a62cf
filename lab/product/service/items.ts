/**
 * Owns the items: write-once rows in `shop.items`, written and read at LOCAL_QUORUM in this region's datacentre.
 *
 * What must never happen: Cassandra being away ends the process, or a request waits for it beyond its limit; and a
 * write is acknowledged that a local quorum has not taken. There is no check that an id is new (a lightweight
 * transaction would cross regions): whoever writes chooses fresh UUIDs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type cassandra from 'cassandra-driver';
import type { Client } from 'cassandra-driver';
import { driverWords } from '../../../host/driver-words.ts';
import { type CassandraTarget, cassandraClient } from './cassandra.ts';

export interface Item {
  readonly body: string;
  readonly writtenAt: Date;
  /** The region whose service took the write. */
  readonly region: string;
}

export type Stored<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export interface Items {
  put(id: string, body: string): Promise<Stored<undefined>>;
  get(id: string): Promise<Stored<Item | undefined>>;
  /** Reads the probe row, which need not exist: that a quorum answers is what counts. */
  probe(): Promise<Stored<undefined>>;
  /** Drops the connection and makes a new one, when the driver no longer recovers by itself. */
  reconnect(): void;
  close(): Promise<void>;
}

const INSERT = 'INSERT INTO shop.items (id, body, written_at, region) VALUES (?, ?, ?, ?)';
const SELECT = 'SELECT body, written_at, region FROM shop.items WHERE id = ?';
/** With RF 3 on three nodes every partition is on every node, so one row stands for all of them. */
const PROBE_ID = '00000000-0000-0000-0000-000000000000';
/** Below the load client's 2 s, so that its failure is named by us and not by a time-out. */
const ANSWER_LIMIT_MS = 1_800;
const CONNECT_RETRY_MS = 500;

type State =
  | { readonly is: 'connecting'; readonly reason: string }
  | { readonly is: 'connected'; readonly client: Client }
  | { readonly is: 'closed' };

/** Starts connecting at once, in the background, for as long as it takes. */
export function openItems(target: CassandraTarget, region: string, log: (line: string) => void): Items {
  let state: State = { is: 'connecting', reason: 'not yet connected' };
  let connecting: Promise<void> | undefined;
  const closing = new AbortController();

  async function connect(): Promise<void> {
    while (!closing.signal.aborted) {
      const client = cassandraClient(target);
      try {
        await client.connect();
        if (closing.signal.aborted) return void (await client.shutdown());
        state = { is: 'connected', client };
        log('cassandra: connected');
        return;
      } catch (error) {
        const reason = driverWords(error);
        if (state.is === 'connecting' && state.reason !== reason) log(`cassandra: not connected: ${reason}`);
        state = { is: 'connecting', reason };
        await client.shutdown().catch(() => undefined);
        await sleep(CONNECT_RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  function startConnecting(): void {
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
  }

  async function run(query: string, values: unknown[]): Promise<Stored<cassandra.types.ResultSet>> {
    if (state.is !== 'connected') return { ok: false, reason: state.is === 'closed' ? 'stopping' : state.reason };
    const limit = new AbortController();
    try {
      const value = await Promise.race([
        state.client.execute(query, values, { prepare: true }),
        sleep(ANSWER_LIMIT_MS, undefined, { signal: limit.signal }),
      ]);
      return value === undefined ? { ok: false, reason: 'no answer in time' } : { ok: true, value };
    } catch (error) {
      return { ok: false, reason: driverWords(error) };
    } finally {
      limit.abort();
    }
  }

  startConnecting();
  return {
    async put(id, body) {
      const result = await run(INSERT, [id, body, new Date(), region]);
      return result.ok ? { ok: true, value: undefined } : result;
    },
    async get(id) {
      const result = await run(SELECT, [id]);
      if (!result.ok) return result;
      const row = result.value.first();
      if (row === null || row === undefined) return { ok: true, value: undefined };
      return {
        ok: true,
        value: { body: row.get('body'), writtenAt: row.get('written_at'), region: row.get('region') },
      };
    },
    async probe() {
      const result = await run(SELECT, [PROBE_ID]);
      return result.ok ? { ok: true, value: undefined } : result;
    },
    reconnect() {
      if (state.is !== 'connected') return;
      const { client } = state;
      state = { is: 'connecting', reason: 'reconnecting' };
      log('cassandra: no answer for long, connecting anew');
      client.shutdown().catch(() => undefined);
      startConnecting();
    },
    async close() {
      const { client } = state.is === 'connected' ? state : { client: undefined };
      state = { is: 'closed' };
      closing.abort();
      await client?.shutdown().catch(() => undefined);
      await connecting;
    },
  };
}
