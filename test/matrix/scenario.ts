/**
 * What the crash matrix runs. A later runbook adds a scenario: its input, its world, and where its operator aborts.
 *
 * Holds are over at once or after milliseconds, and a lost worker is noticed within a second; nothing else differs from
 * production.
 */
import type { Estate } from '../../estate/schema.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Call, Entry, Limits, PlanCore, Undo } from '../../kernel/plan/plan.ts';
import { RUNBOOKS } from '../../runbooks/index.ts';
import type { Runbook } from '../../runbooks/runbook.ts';
import { killRegion, restoreRegion } from '../memory-estate/faults.ts';
import { writeRows } from '../memory-estate/systems/cassandra/rows.ts';
import type { World } from '../memory-estate/world.ts';
import { oneEntrance } from '../workflows/harness/estate.ts';

export interface Scenario {
  readonly name: string;
  readonly runbook: string;
  readonly input: JsonObject;
  readonly change: (estate: Estate) => Estate;
  /** Brings a new world to where the run begins. */
  readonly prepare: (world: World) => void;
  /** The operator aborts when this entry (a hold) samples for the first time. */
  readonly abortAt?: string;
  /**
   * What happens to the world when this entry samples for the first time; the operator then gives everything back, and only
   * what follows from that answer is disturbed.
   */
  readonly turn?: { readonly at: string; readonly strike: (world: World) => void };
}

const HEARTBEAT_MS = 1_000;
const START_TO_CLOSE_MS = 4_000;

export function quickHolds(estate: Estate): Estate {
  const holds = { ...estate.holds, step: { every: 10, for: 0 }, commit: { every: 10, for: 10 } };
  return { ...estate, holds };
}

/** The runbooks with the limits that probes and plans carry as data shortened. */
export const QUICK_RUNBOOKS: readonly Runbook[] = RUNBOOKS.map((one) => ({
  ...one,
  probes(estate, input) {
    const probes = Object.entries(one.probes(estate, input));
    return Object.fromEntries(probes.map(([name, call]) => [name, quickProbe(call)]));
  },
  plan(context) {
    const { core, view } = one.plan(context);
    return { core: quickPlan(core), view };
  },
}));

function quickPlan(core: PlanCore): PlanCore {
  return { ...core, entries: core.entries.map(quickEntry) };
}

function quickEntry(entry: Entry): Entry {
  switch (entry.kind) {
    case 'step':
      return { ...entry, call: quickCall(entry.call), undo: quickUndo(entry.undo) };
    case 'each':
      return {
        ...entry,
        limits: quick(entry.limits),
        targets: entry.targets.map((one) => (one.undo ? { ...one, undo: quickCall(one.undo) } : one)),
      };
    default:
      return entry;
  }
}

function quick(limits: Limits): Limits {
  return { ...limits, heartbeat: HEARTBEAT_MS, startToClose: START_TO_CLOSE_MS };
}

function quickCall(call: Call): Call {
  return { ...call, limits: quick(call.limits) };
}

/** Its time to answer stays: probes of a starved machine are slow, and late is dead. */
function quickProbe(call: Call): Call {
  return { ...call, limits: { ...call.limits, heartbeat: HEARTBEAT_MS } };
}

function quickUndo(undo: Undo): Undo {
  return undo.kind === 'call' ? { ...undo, call: quickCall(undo.call) } : undo;
}

const US = 'us-central1';
const EU = 'europe-west1';
const FAULT_AT = 1_000_000;
const AWAY_MS = 60_000;

/**
 * Lost with rows that reached nowhere else, failed over, and started again: where a failback begins.
 * @param now of the run that follows: how old an outage is decides whether a region may be repaired at all
 */
export function afterFailover(world: World, now: number): void {
  const faultAt = now - 2 * AWAY_MS;
  const [cluster] = Object.values(world.estate.cassandra);
  const [keyspace = ''] = Object.keys(cluster?.keyspaces ?? {});
  writeRows(world, { region: US, keyspace, count: 12, at: faultAt, unreplicated: 0.4 });
  killRegion(world, US, faultAt);
  writeRows(world, { region: EU, keyspace, count: 6, at: faultAt + 1, unreplicated: 0.3 });
  for (const name of world.traffic.keys()) {
    world.traffic.set(name, { shares: { [US]: 0, [EU]: 100 }, drained: [US] });
  }
  const service = world.services.get(`items@${EU}`);
  if (service) service.workers = 5;
  restoreRegion(world, US, faultAt + AWAY_MS);
}

const one = (estate: Estate): Estate => quickHolds(oneEntrance(estate));

/** One node a datacentre and one keyspace: twelve repairs teach no more than two, and cost six times as much. */
function smallRing(estate: Estate): Estate {
  const cassandra = Object.entries(estate.cassandra).map(([name, cluster]) => {
    const datacentres = Object.entries(cluster.datacentres).map(([dc, { region, nodes }]) => {
      return [dc, { region, nodes: Object.fromEntries(Object.entries(nodes).slice(0, 1)) }];
    });
    const keyspaces = Object.entries(cluster.keyspaces).slice(0, 1);
    return [
      name,
      { ...cluster, datacentres: Object.fromEntries(datacentres), keyspaces: Object.fromEntries(keyspaces) },
    ];
  });
  return one({ ...estate, cassandra: Object.fromEntries(cassandra) });
}

/** The shortest there is, for workers that replay the whole history with every task. */
export const SHORTEST: Scenario = {
  name: 'failover, ungraceful',
  runbook: 'failover',
  input: { from: US },
  change: one,
  prepare: (world) => killRegion(world, US, FAULT_AT),
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'failover, ungraceful, two load balancers',
    runbook: 'failover',
    input: { from: US },
    change: quickHolds,
    prepare: (world) => killRegion(world, US, FAULT_AT),
  },
  { name: 'failover, graceful', runbook: 'failover', input: { from: US }, change: one, prepare: () => undefined },
  {
    name: 'failover, graceful, aborted in the commit window',
    runbook: 'failover',
    input: { from: US },
    change: one,
    prepare: () => undefined,
    abortAt: 'commit',
  },
  {
    name: 'failover, graceful, its destination dies, given back',
    runbook: 'failover',
    input: { from: US },
    change: one,
    prepare: () => undefined,
    turn: { at: 'shift/watch-50', strike: (world) => killRegion(world, EU, Date.now()) },
  },
  {
    name: 'failback after a repair',
    runbook: 'failback',
    input: {},
    change: smallRing,
    prepare: (world) => afterFailover(world, Date.now()),
  },
];
