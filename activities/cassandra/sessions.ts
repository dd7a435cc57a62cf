/** Pinned clients by node, opened when first asked for and kept; one per process, closed by who made it. */
import { clusterOf, nodeNamed } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Secrets } from '../../host/secrets.ts';
import { openPinnedClient, type PinnedClient } from './pinned-client.ts';

export interface CqlSessions {
  /** Connected, or it throws `cassandra-unavailable`. @throws also `unknown-node`, and what secrets throw */
  at(cluster: string, node: string, signal: AbortSignal): Promise<PinnedClient>;
  close(): Promise<void>;
}

const CONNECT_LIMIT_MS = 5_000;
/** Reading a node's repair history scans a table. */
const REQUEST_TIMEOUT_MS = 10_000;

export function createCqlSessions({ estate, secrets }: { estate: Estate; secrets: Secrets }): CqlSessions {
  const open = new Map<string, Promise<PinnedClient>>();
  async function make(cluster: string, node: string): Promise<PinnedClient> {
    const place = nodeNamed(estate, cluster, node);
    const { username, password } = clusterOf(estate, cluster).credentials;
    return openPinnedClient({
      ...place,
      node,
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
