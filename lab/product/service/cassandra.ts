/**
 * Owns how the product's clients connect to Cassandra: one datacentre only, short limits, quick reconnection.
 *
 * What must never happen: a client silently asks another datacentre than the one it was told to ask; the default
 * policies ignore every node outside `localDataCenter`, and nothing here widens that.
 */
import cassandra, { type Client, type ClientOptions } from 'cassandra-driver';

export interface CassandraTarget {
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly datacentre: string;
  readonly username: string;
  readonly password: string;
  readonly requestTimeoutMs: number;
}

/** A client that is not yet connected. Every query is idempotent, prepared where asked, and at LOCAL_QUORUM. */
export function cassandraClient(target: CassandraTarget): Client {
  const options: ClientOptions = {
    contactPoints: [...target.contactPoints],
    localDataCenter: target.datacentre,
    protocolOptions: { port: target.port },
    authProvider: new cassandra.auth.PlainTextAuthProvider(target.username, target.password),
    // The default waits up to ten minutes for a node that has been away, so a returned region would look dead.
    policies: { reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(500) },
    // The default of 30 s would keep dead connections to nodes that were cut off without a reset.
    pooling: { heartBeatInterval: 5_000 },
    socketOptions: { connectTimeout: 1_500, readTimeout: target.requestTimeoutMs, defunctReadTimeoutThreshold: 16 },
    queryOptions: { consistency: cassandra.types.consistencies.localQuorum, isIdempotent: true },
  };
  return new cassandra.Client({ ...options, monitorReporting: { enabled: false } });
}
