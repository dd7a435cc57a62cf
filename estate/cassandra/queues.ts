/** One agent for each node: what it does, it does through the node's own control plane. */
import { agentQueue, type Named } from '../queues.ts';

/** Changes to one Cassandra node. */
export function cassandraQueue(estate: Named, cluster: string, node: string): string {
  return agentQueue(estate, 'cassandra', cluster, node);
}
