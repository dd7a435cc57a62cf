/**
 * The processes of the memory estate: who owns which task queue, with the same wrapper, fence marks and one mutex per
 * scope as in production. A queue has exactly one owner here too (I3).
 */
import { type Activities, type Attempt, defineActivities, type Fault } from '../../activities/define-activities.ts';
import { memoryMarks } from '../../activities/fencing/marks.ts';
import type { Implementations } from '../../activities/step-implementation.ts';
import { agentQueues } from '../../estate/agents.ts';
import { signerKeys } from '../../estate/people/questions.ts';
import { controlQueue } from '../../estate/queues.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Fence } from '../../kernel/authority/fence.ts';
import type { AnyContract } from '../../runbooks/steps/contract.ts';
import { CONTRACTS } from '../../runbooks/steps/index.ts';
import { stepsOf, type World } from './world.ts';

/**
 * Names of the steps that each queue serves, as the contracts name their queues; the same for every world of the estate's
 * names.
 */
export function stepsByQueue(estate: Estate): Map<string, readonly string[]> {
  return new Map(
    [controlQueue(estate), ...agentQueues(estate)].map((queue) => [
      queue,
      CONTRACTS.filter((contract) => runsOn(contract, queue, estate)).map(({ name }) => name),
    ]),
  );
}

const ANY = '*';
/** Arguments of any contract, each of which is any name: its queue is then a pattern. No name of a queue holds a dot. */
const anyArguments: unknown = new Proxy({}, { get: () => ANY });

function runsOn(contract: AnyContract, queue: string, estate: Estate): boolean {
  const pattern = contract.queue(anyArguments, estate).split('.');
  const parts = queue.split('.');
  return parts.length === pattern.length && pattern.every((part, index) => part === ANY || part === parts[index]);
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
  const all: Implementations = { ...stepsOf(world), ...others };
  const signers = signerKeys(world.estate);
  const marks = new Map<string, Map<string, Fence>>();
  const activities = [...stepsByQueue(world.estate)].map(([queue, names]): [string, Activities] => {
    const known = new Map<string, Fence>();
    marks.set(queue, known);
    const mine = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
    const authority = { estate: world.estate, estateDigest, signers };
    const common = { clock, authority, marks: memoryMarks(known), attempt };
    return [queue, defineActivities(mine, fault ? { ...common, fault } : common)];
  });
  return { activities: new Map(activities), marks };
}
