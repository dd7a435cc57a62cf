/** A canary answers for itself: nobody else knows what was acknowledged to it. */
import { agentQueue, type Named } from '../queues.ts';

/** One canary. */
export function canaryQueue(estate: Named, canary: string): string {
  return agentQueue(estate, 'canary', canary);
}
