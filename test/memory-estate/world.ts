/**
 * An estate in memory: regions that can be lost, services, load balancers, and Cassandra's rows, deterministic by seed.
 *
 *   world.ts       the one list of its systems, and what they are together
 *   systems/       each system: what it keeps, and the implementation of its step contracts over it
 *   ground.ts      regions, and how our steps change the world      system.ts   what a system is
 *   faults.ts      what tests do to it: kill, cut, heal, restore
 *   invariants.ts  what must hold after every effect
 *   agents.ts      the processes that own the queues, each with its own marks
 */
import type { Implementations } from '../../activities/step-implementation.ts';
import type { Estate } from '../../estate/schema.ts';
import { createGround, type Ground } from './ground.ts';
import { canaries } from './systems/canaries.ts';
import { cassandra } from './systems/cassandra/index.ts';
import { proofs } from './systems/proofs.ts';
import { services } from './systems/services.ts';
import { traffic } from './systems/traffic.ts';

const SYSTEMS = [services, traffic, cassandra, canaries, proofs] as const;

type States = ReturnType<(typeof SYSTEMS)[number]['create']>;
/** All of them at once: a function that takes any of the states takes nothing less than this. */
type Together<State> = (State extends unknown ? (state: State) => void : never) extends (all: infer All) => void
  ? All
  : never;

export type World = Ground & Together<States>;

/** All regions up, everything admitted, traffic at its normal shares, no rows. */
export function createWorld(estate: Estate, seed = 1): World {
  const states = SYSTEMS.map((system): object => system.create(estate));
  // Every system of the list has given its part, so it is whole.
  return Object.assign(createGround(estate, seed), ...states) as World;
}

/** The steps of all systems. */
export function stepsOf(world: World): Implementations {
  return Object.fromEntries(SYSTEMS.flatMap((system) => Object.entries(system.steps(world))));
}

/** The world's lasting state as plain data: two runs ended alike when this is equal. Times and logs are left out. */
export function outcomeOf(world: World): unknown {
  const outcomes = SYSTEMS.map((system) => system.outcome(world));
  return Object.assign({ regions: Object.fromEntries(world.regions) }, ...outcomes);
}
