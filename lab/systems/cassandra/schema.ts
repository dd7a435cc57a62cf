/**
 * What a new cluster is given once: the role `lifeboat`, `system_auth` in both datacentres, keyspaces and tables. Every
 * statement may be repeated, so an interruption is mended by the next `up`.
 *
 * The default role ends without login: its password is known to everybody.
 */
import { join } from 'node:path';
import cassandra from 'cassandra-driver';
import { isThere, writeWhole } from '../../../host/whole-files.ts';
import type { Instance } from '../../instance.ts';
import { REGIONS } from '../../places.ts';
import { logPath } from '../../processes.ts';
import type { OnProgress } from '../../progress.ts';
import { readSecret } from '../../secrets.ts';
import { READY, type Readiness, waitFor } from '../../wait.ts';
import { CASSANDRA_PASSWORD, CASSANDRA_USER } from './access.ts';
import { CASSANDRA_PORTS, NODES, NODES_PER_REGION, nodesOf } from './addresses.ts';

const REPLICATION = `{'class': 'NetworkTopologyStrategy', ${REGIONS.map((region) => `'${region}': ${NODES_PER_REGION}`).join(', ')}}`;

/** DDL of the lab's keyspaces, in order. */
const SCHEMA: readonly string[] = [
  `CREATE KEYSPACE IF NOT EXISTS shop WITH replication = ${REPLICATION}`,
  `CREATE KEYSPACE IF NOT EXISTS lifeboat WITH replication = ${REPLICATION}`,
  'CREATE TABLE IF NOT EXISTS shop.items (id uuid PRIMARY KEY, body text, written_at timestamp, region text)',
  'CREATE TABLE IF NOT EXISTS lifeboat.canary (id text, seq bigint, at timestamp, PRIMARY KEY (id, seq)) ' +
    'WITH CLUSTERING ORDER BY (seq DESC) AND default_time_to_live = 86400',
];

/** Whether the cluster has had its schema; then nodes may be missing and nothing is to be done. */
export function isInitialised(instance: Instance): boolean {
  return isThere(markerPath(instance));
}

/** Brings roles and schema in. All nodes must be ready; does nothing the second time. `agreed` looks at all nodes. */
export async function initialiseCassandra(
  instance: Instance,
  onProgress: OnProgress,
  agreed: () => Promise<Readiness>,
): Promise<void> {
  if (isInitialised(instance)) return;
  const tell = (text: string): void => onProgress({ subject: 'cassandra schema', phase: 'start', text });
  const password = await readSecret(instance, CASSANDRA_PASSWORD);
  const where = logPath(instance, NODES[0]?.target ?? 'cassandra');
  const repeat = { timeoutMs: 60_000, everyMs: 500, what: 'the schema of Cassandra', where };

  tell('roles');
  await waitFor(async () => {
    await makeRole(instance, password);
    return READY;
  }, repeat);
  tell('keyspaces and tables');
  await waitFor(async () => {
    await withClient(instance, CASSANDRA_USER, password, async (client) => {
      for (const statement of SCHEMA) await client.execute(statement);
    });
    return READY;
  }, repeat);
  tell('waiting until all nodes have it');
  await waitFor(agreed, repeat);
  await writeWhole(markerPath(instance), `${new Date().toISOString()}\n`);
}

/** The own role, made by the default one, which then is shut out. */
async function makeRole(instance: Instance, password: string): Promise<void> {
  const shutOut = 'ALTER ROLE cassandra WITH SUPERUSER = false AND LOGIN = false';
  const done = await withClient(instance, CASSANDRA_USER, password, async (client) => {
    await client.execute(shutOut);
    return true;
  }).catch(() => false);
  if (done) return;
  await withClient(instance, 'cassandra', 'cassandra', async (client) => {
    // All nodes hold all of system_auth from the first start on (default_rf); this changes the strategy's name only.
    await client.execute(`ALTER KEYSPACE system_auth WITH replication = ${REPLICATION}`);
    await client.execute(
      `CREATE ROLE IF NOT EXISTS ${CASSANDRA_USER} WITH SUPERUSER = true AND LOGIN = true AND PASSWORD = '${password}'`,
    );
  });
  await withClient(instance, CASSANDRA_USER, password, (client) => client.execute(shutOut));
}

async function withClient<T>(
  instance: Instance,
  username: string,
  password: string,
  work: (client: cassandra.Client) => Promise<T>,
): Promise<T> {
  const [first] = nodesOf(instance.slot);
  if (first === undefined) throw new TypeError('the ring has nodes');
  const client = new cassandra.Client({
    contactPoints: [`${first.address}:${CASSANDRA_PORTS.native}`],
    localDataCenter: first.region,
    authProvider: new cassandra.auth.PlainTextAuthProvider(username, password),
    // One node answers all of it: a second one may not have heard of the last change yet.
    policies: {
      loadBalancing: new cassandra.policies.loadBalancing.AllowListPolicy(
        new cassandra.policies.loadBalancing.DCAwareRoundRobinPolicy(first.region),
        [`${first.address}:${CASSANDRA_PORTS.native}`],
      ),
    },
    // Each statement is applied here before the next one comes; the others' agreement is waited for once, at the end.
    protocolOptions: { maxSchemaAgreementWaitSeconds: 0 },
    isMetadataSyncEnabled: false,
    socketOptions: { readTimeout: 20_000, connectTimeout: 5000 },
  });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.shutdown();
  }
}

function markerPath(instance: Instance): string {
  return join(instance.root, 'cassandra', 'initialised');
}
