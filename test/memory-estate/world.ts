/**
 * An estate in memory: regions that can be lost, services, load balancers, and Cassandra's rows, deterministic by seed.
 *
 *   world.ts       what there is, and how it changes: by our steps (`change`) or by tests (faults.ts)
 *   rows.ts        write-once rows, hints, what a repair does
 *   faults.ts      what tests do to it: kill, cut, heal, restore, write
 *   invariants.ts  what must hold after every effect
 *   steps/         implementations of every step contract over it
 *   agents.ts      the processes that own the queues, each with its own marks
 *
 * Every effect of a step passes through `change`, which records under whose permit and fence it was made.
 */
import type { Estate } from '../../estate/schema.ts';
import type { Fence } from '../../kernel/authority/fence.ts';
import type { TrafficSetting } from '../../runbooks/steps/traffic.ts';
import { type Random, randomFrom } from './random.ts';

/** `cut`: it lives, and its own clients reach it, but nothing outside does. `dead`: ended uncleanly. */
export type RegionState = 'up' | 'cut' | 'dead';

export interface MemoryService {
  readonly service: string;
  readonly region: string;
  readonly capacityPerWorker: number;
  workers: number;
  /** `unclean`: ended without withdrawing its marker, so it waits to be readmitted. */
  admission: 'admitted' | 'withheld' | 'unclean';
}

export interface MemoryNode {
  readonly cluster: string;
  readonly name: string;
  readonly region: string;
}

export interface Row {
  readonly id: string;
  readonly keyspace: string;
  /** The region whose LOCAL_QUORUM acknowledged it. */
  readonly acknowledgedIn: string;
  readonly at: number;
  /** Whose primary range it lies in, of each region: the repair of any of these covers it. */
  readonly owners: readonly string[];
  /** Regions where it is readable at LOCAL_QUORUM. */
  readonly on: Set<string>;
}

export interface Outage {
  readonly firstFailureAt: number;
  readonly answeredAgainAt: number | null;
}

/** One change that a step made. */
export interface Effect {
  readonly at: number;
  readonly run: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly fence: Fence;
  readonly say: string;
}

export interface World {
  readonly estate: Estate;
  readonly random: Random;
  readonly regions: Map<string, RegionState>;
  /** By `service@region`. */
  readonly services: Map<string, MemoryService>;
  readonly traffic: Map<string, TrafficSetting>;
  /** By name. */
  readonly nodes: Map<string, MemoryNode>;
  readonly rows: Row[];
  /** Rows that a region shall get when it answers again; hints are best effort. */
  readonly hints: { readonly row: Row; readonly region: string }[];
  /** Repairs that were finished, by `run/keyspace.node`. */
  readonly repairs: Set<string>;
  readonly outages: Map<string, Outage>;
  /** Share of requests that fail at a healthy region, 0 to 1, where a test wants it bad. */
  readonly errorRates: Map<string, number>;
  readonly effects: Effect[];
  /** Told after every effect; throws to fail the test. */
  readonly watchers: ((effect: Effect) => void)[];
}

/** Both regions up, everything admitted, traffic at its normal shares, no rows. */
export function createWorld(estate: Estate, seed = 1): World {
  const services = Object.entries(estate.services).flatMap(([service, { regions }]) =>
    Object.entries(regions).map(([region, { workers, capacityPerWorker }]): [string, MemoryService] => [
      `${service}@${region}`,
      { service, region, workers, capacityPerWorker, admission: 'admitted' },
    ]),
  );
  const nodes = Object.entries(estate.cassandra).flatMap(([cluster, { datacentres }]) =>
    Object.values(datacentres).flatMap(({ region, nodes: members }) =>
      Object.keys(members).map((name): [string, MemoryNode] => [name, { cluster, name, region }]),
    ),
  );
  return {
    estate,
    random: randomFrom(seed),
    regions: new Map(Object.keys(estate.regions).map((region) => [region, 'up'])),
    services: new Map(services),
    traffic: new Map(
      Object.entries(estate.traffic).map(([name, { shares }]) => [name, { shares: { ...shares }, drained: [] }]),
    ),
    nodes: new Map(nodes),
    rows: [],
    hints: [],
    repairs: new Set(),
    outages: new Map(),
    errorRates: new Map(),
    effects: [],
    watchers: [],
  };
}

/** What a step knows of the call that changes the world. */
export interface Doer {
  readonly run: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly fence: Fence | null;
  now(): number;
}

/** The only way in which a step changes the world: at once, whole, and written down. */
export function change(world: World, doer: Doer, say: string, mutate: () => void): void {
  if (doer.fence === null) throw new Error(`${doer.stepId} changes the world without a fence.`);
  mutate();
  const { run, stepId, direction, fence } = doer;
  const effect: Effect = { at: doer.now(), run, stepId, direction, fence, say };
  world.effects.push(effect);
  for (const watcher of world.watchers) watcher(effect);
}

/** Whether anything outside the region can speak with it. */
export function answers(world: World, region: string): boolean {
  return world.regions.get(region) === 'up';
}

/** True, or why the service there must get no requests. */
export function fitness(world: World, service: string, region: string): true | string {
  const one = world.services.get(`${service}@${region}`);
  if (!one) return `${service} does not run there`;
  if (!answers(world, region)) return 'it does not answer';
  if (one.admission === 'withheld') return 'withheld by Lifeboat';
  if (one.admission === 'unclean') return 'not admitted: it ended uncleanly';
  return true;
}

/** The shares that requests really get: an `automatic` load balancer leaves out what its own checks hold for down. */
export function effectiveShares(world: World, name: string): { readonly [region: string]: number } {
  const entry = world.estate.traffic[name];
  const setting = world.traffic.get(name);
  if (!entry || !setting) return {};
  const open = Object.entries(setting.shares).filter(([region]) => !setting.drained.includes(region));
  if (entry.rule !== 'automatic') return Object.fromEntries(open);
  const fit = open.filter(([region]) => fitness(world, entry.service, region) === true);
  const total = fit.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(fit.map(([region, share]) => [region, total === 0 ? 0 : (share * 100) / total]));
}

/** The world's lasting state as plain data: two runs ended alike when this is equal. Times and logs are left out. */
export function outcomeOf(world: World): unknown {
  return {
    regions: Object.fromEntries(world.regions),
    services: Object.fromEntries(
      [...world.services].map(([key, { workers, admission }]) => [key, { workers, admission }]),
    ),
    traffic: Object.fromEntries(
      [...world.traffic].map(([name, { shares, drained }]) => [name, { shares, drained: drained.toSorted() }]),
    ),
    rows: world.rows.map(({ id, on }) => ({ id, on: [...on].sort() })),
    repairs: [...new Set([...world.repairs].map((key) => key.slice(key.lastIndexOf('/') + 1)))].sort(),
  };
}
