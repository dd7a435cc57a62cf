/**
 * The task queues of an estate. A change queue has exactly one process that polls it (I3); the names are an agreement
 * between the step contracts, which put them into plans, and the workers, which poll them.
 */
import type { Estate } from './schema.ts';

type Named = Pick<Estate, 'name'>;

/** Workflows, planning, permits and reads; polled in every region and outside them. */
export function controlQueue(estate: Named): string {
  return `${estate.name}.control`;
}

/** Changes to one entrance for traffic. */
export function trafficQueue(estate: Named, traffic: string): string {
  return `${estate.name}.agent.traffic.${traffic}`;
}

/** Changes to one service in one region. */
export function serviceQueue(estate: Named, service: string, region: string): string {
  return `${estate.name}.agent.service.${service}.${region}`;
}

/** Changes to one Cassandra node. */
export function cassandraQueue(estate: Named, cluster: string, node: string): string {
  return `${estate.name}.agent.cassandra.${cluster}.${node}`;
}

/** One canary. */
export function canaryQueue(estate: Named, canary: string): string {
  return `${estate.name}.agent.canary.${canary}`;
}
