/** The agent that alone changes the load balancer (`worker/`), outside both regions, as the load balancer is. */
import { ESTATE_NAME } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import type { LabServer } from '../system.ts';
import { createAgent } from './workers.ts';

export function createTrafficAgent(instance: Instance): LabServer {
  const queues = ['items', 'items-auto'].map((name) => `${ESTATE_NAME}.agent.traffic.${name}`);
  return createAgent(instance, 'traffic-agent', 'outside', queues);
}
