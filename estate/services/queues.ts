/** One agent for each service in each region. */
import { agentQueue, type Named } from '../queues.ts';

/** Changes to one service in one region. */
export function serviceQueue(estate: Named, service: string, region: string): string {
  return agentQueue(estate, 'service', service, region);
}
