/**
 * The processes of the memory estate: who owns which task queue, with the same wrapper, fence marks and one mutex per
 * scope as in production. A queue has exactly one owner here too (I3).
 */
import {
  type Activities,
  type Attempt,
  defineActivities,
  type Fault,
  type Implementations,
} from '../../activities/define-activities.ts';
import { memoryMarks } from '../../activities/fencing/marks.ts';
import { canaryQueue } from '../../estate/canaries/queues.ts';
import { cassandraQueue } from '../../estate/cassandra/queues.ts';
import { controlQueue } from '../../estate/queues.ts';
import type { Estate } from '../../estate/schema.ts';
import { serviceQueue } from '../../estate/services/queues.ts';
import { trafficQueue } from '../../estate/traffic/queues.ts';
import type { Fence } from '../../kernel/authority/fence.ts';
import { CONTRACTS } from '../../runbooks/steps/index.ts';
import { canarySteps, proofSteps } from './systems/canaries.ts';
import { cassandraSteps } from './systems/cassandra.ts';
import { servicesSteps } from './systems/services.ts';
import { trafficSteps } from './systems/traffic.ts';
import type { World } from './world.ts';

/** Names of the steps that each queue serves; the same for every world of the estate's names. */
export function stepsByQueue(estate: Estate): Map<string, readonly string[]> {
  const queues = new Map<string, readonly string[]>();
  queues.set(controlQueue(estate), ['services.health', 'cassandra.ring', 'proofs.check', 'runs.others']);
  for (const name of Object.keys(estate.traffic)) {
    queues.set(trafficQueue(estate, name), ['traffic.shares', 'traffic.set', 'traffic.slo']);
  }
  for (const [service, { regions }] of Object.entries(estate.services)) {
    for (const region of Object.keys(regions)) {
      const steps = ['services.scale', 'services.withhold', 'services.readmit'];
      queues.set(serviceQueue(estate, service, region), steps);
    }
  }
  for (const [cluster, { datacentres }] of Object.entries(estate.cassandra)) {
    for (const node of Object.values(datacentres).flatMap(({ nodes }) => Object.keys(nodes))) {
      queues.set(cassandraQueue(estate, cluster, node), ['cassandra.repair']);
    }
  }
  for (const canary of Object.keys(estate.canaries)) {
    queues.set(canaryQueue(estate, canary), ['canaries.outage', 'canaries.missing', 'canaries.readable']);
  }
  return queues;
}

export interface AgentsOptions {
  readonly world: World;
  /** Digest of the agents' own copy of the estate file. */
  readonly estateDigest: string;
  readonly clock: () => number;
  readonly attempt: () => Attempt;
  /** `runs.others`, which asks Temporal and so comes from outside. */
  readonly others: Implementations;
  readonly fault?: Fault;
}

export interface Agents {
  /** By queue. */
  readonly activities: ReadonlyMap<string, Activities>;
  /** The newest fence that each queue's owner let through, by scope. */
  readonly marks: ReadonlyMap<string, ReadonlyMap<string, Fence>>;
}

export function createAgents(options: AgentsOptions): Agents {
  const { world, estateDigest, others, clock, attempt, fault } = options;
  const all: Implementations = {
    ...trafficSteps(world),
    ...servicesSteps(world),
    ...cassandraSteps(world),
    ...canarySteps(world),
    ...proofSteps(world),
    ...others,
  };
  const signers = Object.values(world.estate.signers).flatMap(({ keys }) => keys);
  const marks = new Map<string, Map<string, Fence>>();
  const activities = [...stepsByQueue(world.estate)].map(([queue, names]): [string, Activities] => {
    const known = new Map<string, Fence>();
    marks.set(queue, known);
    const mine = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
    const authority = { estate: world.estate, estateDigest, signers };
    const common = { clock, authority, marks: memoryMarks(known), attempt };
    return [queue, defineActivities(CONTRACTS, mine, fault ? { ...common, fault } : common)];
  });
  return { activities: new Map(activities), marks };
}
