/** One agent for each entrance for traffic: two would undo each other's weights (I3). */
import { agentQueue, type Named } from '../queues.ts';

/** Reads of one entrance's load balancer, and changes to it. */
export function trafficQueue(estate: Named, traffic: string): string {
  return agentQueue(estate, 'traffic', traffic);
}
