/** Pinned clients by node, opened when first asked for and kept; one per process, closed by who made it. */
import type { Estate } from '../../estate/schema.ts';
import type { Secrets } from '../../host/secrets.ts';
import { refusal } from '../../kernel/errors.ts';
import { openPinnedClient, type PinnedClient } from './pinned-client.ts';

export interface CqlSessions {
  /** Connected, or it throws `cassandra-unavailable`. @throws also `unknown-node`, and what secrets throw */
  at(cluster: string, node: string, signal: AbortSignal): Promise<PinnedClient>;
  close(): Promise<void>;
}

export interface NodePlace {
  readonly node: string;
  readonly datacentre: string;
  readonly region: string;
  readonly address: string;
  readonly port: number;
  /** The URL of its Jolokia. */
  readonly control: string;
}

const CONNECT_LIMIT_MS = 5_000;
/** Reading a node's repair history scans a table. */
const REQUEST_TIMEOUT_MS = 10_000;

export function createCqlSessions({ estate, secrets }: { estate: Estate; secrets: Secrets }): CqlSessions {
  const open = new Map<string, Promise<PinnedClient>>();
  async function make(cluster: string, node: string): Promise<PinnedClient> {
    const place = nodePlace(estate, cluster, node);
    const { username, password } = clusterAt(estate, cluster).credentials;
    return openPinnedClient({
      ...place,
      username,
      password: await secrets.resolve(password),
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
  }
  return {
    async at(cluster, node, signal) {
      const key = `${cluster}/${node}`;
      const opening = open.get(key) ?? make(cluster, node);
      open.set(key, opening);
      // A missing secret may be there the next time.
      opening.catch(() => open.delete(key));
      const client = await opening;
      await client.ready(CONNECT_LIMIT_MS, signal);
      return client;
    },
    async close() {
      await Promise.all(
        [...open.values()].map((opening) => opening.then((client) => client.close()).catch(() => undefined)),
      );
    },
  };
}

/** @throws LifeboatError `unknown-cassandra-cluster` */
export function clusterAt(estate: Estate, cluster: string): Estate['cassandra'][string] {
  const found = estate.cassandra[cluster];
  if (found) return found;
  throw refusal(
    'unknown-cassandra-cluster',
    `The estate has no Cassandra cluster ${cluster}.`,
    cluster,
    'Correct the estate file, or name another.',
  );
}

/** Every node of a cluster, in the order of the file. @throws LifeboatError `unknown-cassandra-cluster` */
export function nodePlaces(estate: Estate, cluster: string): NodePlace[] {
  return Object.entries(clusterAt(estate, cluster).datacentres).flatMap(([datacentre, { region, nodes }]) =>
    Object.entries(nodes).map(([node, { address, port, control }]) => ({
      node,
      datacentre,
      region,
      address,
      port,
      control,
    })),
  );
}

/** @throws LifeboatError `unknown-node` */
export function nodePlace(estate: Estate, cluster: string, node: string): NodePlace {
  const found = nodePlaces(estate, cluster).find((one) => one.node === node);
  if (found) return found;
  throw refusal(
    'unknown-node',
    `The cluster ${cluster} has no node ${node}.`,
    `${cluster}/${node}`,
    'Correct the estate file, or name another.',
  );
}
