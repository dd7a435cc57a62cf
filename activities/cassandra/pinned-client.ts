/**
 * A connection to exactly one Cassandra node, so that one knows which coordinator answered: virtual tables are each
 * node's own, and a canary means the coordinator that it was written through.
 *
 * Must never happen: another node answers in its place (the allow list has one entry, nothing is retried elsewhere), or
 * a call waits for a node that is away: without a connection it fails at once.
 */
import cassandra from 'cassandra-driver';
import { driverWords } from '../../host/driver-words.ts';
import type { Secret } from '../../host/secrets.ts';
import { backoffMs } from '../../kernel/backoff.ts';
import { type LifeboatError, passing } from '../../kernel/errors.ts';

export type Consistency = 'localQuorum' | 'quorum' | 'localOne';

export interface PinnedTarget {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly datacentre: string;
  readonly username: string;
  readonly password: Secret;
  readonly requestTimeoutMs: number;
}

export interface PinnedClient {
  readonly node: string;
  /** Whether it has ever connected; the driver keeps the connection up from then on. */
  connected(): boolean;
  /**
   * Prepared, never retried; integers of 64 bits are bigint. Waits `timeoutMs` for each page, or as long as the target says.
   * @throws LifeboatError `cassandra-unavailable` (may pass): no connection, a time-out, or too few replicas.
   */
  execute(
    query: string,
    values: readonly unknown[],
    consistency: Consistency,
    timeoutMs?: number,
  ): Promise<cassandra.types.Row[]>;
  /** Waits until it is connected. @throws the last `cassandra-unavailable` when the time is over */
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Replicas of a partition key, in the order of the ring; undefined before it ever connected. */
  replicasOf(keyspace: string, key: Buffer): readonly Replica[] | undefined;
  close(): Promise<void>;
}

export interface Replica {
  readonly address: string;
  readonly datacentre: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
/**
 * Each connection costs the node a password hash (bcrypt, tens of milliseconds of a core), and it has few threads for that: what
 * connects anew each second kept a region's nodes from answering anybody, for as long as it tried. So pauses grow, and differ.
 */
const RECONNECT_MS = 1_000;
const RECONNECT_MAX_MS = 5_000;
/** Connections over which packets are lost look open for minutes; so many time-outs close one. */
const DEFUNCT_AFTER_TIMEOUTS = 4;
const HEARTBEAT_MS = 2_000;

export function openPinnedClient(target: PinnedTarget): PinnedClient {
  const waiting = new Set<() => void>();
  let client: cassandra.Client | undefined;
  let last: LifeboatError = unavailable(target, 'not connected yet');
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  async function connect(): Promise<void> {
    // The type of the options lacks this one, so it goes beside them.
    const candidate = new cassandra.Client({ ...optionsOf(target), ...{ monitorReporting: { enabled: false } } });
    try {
      await candidate.connect();
      if (closed) return void (await candidate.shutdown());
      client = candidate;
      for (const wake of waiting) wake();
    } catch (error) {
      last = unavailable(target, driverWords(error));
      await candidate.shutdown().catch(() => undefined);
      if (closed) return;
      failures += 1;
      const waitMs = backoffMs(failures, { firstMs: RECONNECT_MS, mostMs: RECONNECT_MAX_MS }, Math.random);
      timer = setTimeout(() => {
        connecting = connect();
      }, waitMs);
    }
  }
  let connecting = connect();

  return {
    node: target.node,
    connected: () => client !== undefined,
    async execute(query, values, consistency, timeoutMs = target.requestTimeoutMs) {
      if (client === undefined) throw last;
      try {
        const options = {
          prepare: true,
          consistency: cassandra.types.consistencies[consistency],
          readTimeout: timeoutMs,
        };
        const rows: cassandra.types.Row[] = [];
        // The driver's own iterator reads further pages; `rows` of a result is the first page only.
        for await (const row of await client.execute(query, [...values], options)) rows.push(row);
        return rows;
      } catch (error) {
        throw unavailable(target, driverWords(error));
      }
    },
    ready(timeoutMs, signal) {
      if (client !== undefined) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => () => {
          clearTimeout(limit);
          signal?.removeEventListener('abort', onAbort);
          waiting.delete(wake);
          settle();
        };
        const wake = end(resolve);
        const onAbort = end(() => reject(signal?.reason));
        const limit = setTimeout(
          end(() => reject(last)),
          timeoutMs,
        );
        waiting.add(wake);
        if (signal?.aborted) onAbort();
        else signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    replicasOf(keyspace, key) {
      const hosts = client?.metadata.getReplicas(keyspace, key);
      return hosts?.map((host) => ({ address: host.address.replace(/:\d+$/, ''), datacentre: host.datacenter }));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await connecting;
      await client?.shutdown().catch(() => undefined);
    },
  };
}

function optionsOf({
  address,
  port,
  datacentre,
  username,
  password,
  requestTimeoutMs,
}: PinnedTarget): cassandra.ClientOptions {
  const { loadBalancing, reconnection, retry } = cassandra.policies;
  return {
    contactPoints: [`${address}:${port}`],
    localDataCenter: datacentre,
    authProvider: new cassandra.auth.PlainTextAuthProvider(username, password.reveal()),
    policies: {
      loadBalancing: new loadBalancing.AllowListPolicy(new loadBalancing.DCAwareRoundRobinPolicy(datacentre), [
        `${address}:${port}`,
      ]),
      // The default waits up to ten minutes for a node that was away.
      reconnection: new reconnection.ExponentialReconnectionPolicy(RECONNECT_MS, RECONNECT_MAX_MS, false),
      retry: new retry.FallthroughRetryPolicy(),
    },
    pooling: { heartBeatInterval: HEARTBEAT_MS, coreConnectionsPerHost: { [cassandra.types.distance.local]: 1 } },
    socketOptions: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      readTimeout: requestTimeoutMs,
      defunctReadTimeoutThreshold: DEFUNCT_AFTER_TIMEOUTS,
    },
    encoding: { useBigIntAsLong: true },
    queryOptions: { isIdempotent: false, fetchSize: 1_000 },
  };
}

function unavailable({ node }: PinnedTarget, why: string): LifeboatError {
  return passing(
    'cassandra-unavailable',
    `${node} did not do it: ${why}.`,
    node,
    'Bring the node and a quorum of its datacentre up, then try again.',
  );
}
