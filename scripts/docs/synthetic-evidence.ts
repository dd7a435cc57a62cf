/**
 * Invented readings for an example estate, so that a planner can be shown without a running lab. Only documents and
 * tests use them; a real plan is made from what real probes found (I11).
 */
import { nodesInRegion } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { trafficNamed } from '../../estate/traffic/questions.ts';
import type { EvidenceMap } from '../../kernel/plan/evidence.ts';
import type { Call } from '../../kernel/plan/plan.ts';

/** What has happened to the estate. Times in milliseconds since 1970. */
export interface Scene {
  readonly now: number;
  /** A region that answers nothing, since when. */
  readonly dead?: { readonly region: string; readonly since: number };
  /** A region that is drained, after an outage that is over; its services wait to be readmitted. */
  readonly returned?: { readonly region: string; readonly from: number; readonly to: number };
}

/** Evidence for every probe. @throws Error for a step that has no invented reading yet: add it to `READINGS`. */
export function syntheticEvidence(
  estate: Estate,
  probes: { readonly [name: string]: Call },
  scene: Scene,
): EvidenceMap {
  return Object.fromEntries(
    Object.entries(probes).map(([name, { step, args, queue }]) => {
      const read = READINGS[step];
      if (!read)
        throw new Error(`There is no invented reading for ${step}: add it to scripts/docs/synthetic-evidence.ts.`);
      const value = read(estate, args as { readonly [name: string]: string }, scene);
      const reason = `${step} gave no sign of life in time`;
      return [
        name,
        value === null ? { ok: false, reason, at: scene.now } : { ok: true, value, at: scene.now, by: queue },
      ];
    }),
  );
}

/** Null is "no answer". */
type Read = (estate: Estate, args: { readonly [name: string]: string }, scene: Scene) => unknown;

const READINGS: { readonly [step: string]: Read } = {
  'traffic.shares': (estate, { traffic = '' }, { returned }) => {
    const { shares } = trafficNamed(estate, traffic);
    if (!returned) return { setting: { shares, drained: [] }, down: [] };
    const others = Object.keys(shares).filter((region) => region !== returned.region);
    const moved = Object.fromEntries(Object.keys(shares).map((region) => [region, region === others[0] ? 100 : 0]));
    return { setting: { shares: moved, drained: [returned.region] }, down: [] };
  },
  'services.health': (estate, { service = '', region = '' }, { dead, returned }) => {
    if (dead?.region === region) return null;
    const there = estate.services[service]?.regions[region];
    if (!there) return null;
    const back = returned?.region === region;
    // After a failover the region that stayed runs what carries the peak of all.
    const workers = returned && !back ? Math.min(there.maxWorkers, there.workers + 1) : there.workers;
    return {
      healthy: !back,
      why: back ? 'not admitted: it ended uncleanly' : 'serves',
      admitted: !back,
      workers,
      capacityPerWorker: there.capacityPerWorker,
    };
  },
  'cassandra.ring': (estate, { cluster = '', region = '' }, { dead }) => {
    if (dead?.region === region) return null;
    const up = nodesInRegion(estate, cluster, region).map(({ name }) => name);
    return { up, down: [], silent: [], schemaAgreed: true, pendingHints: dead !== undefined };
  },
  'canaries.outage': (_, { region }, { dead, returned }) => {
    if (dead?.region === region) return { firstFailureAt: dead?.since ?? null, answeredAgainAt: null };
    if (returned?.region === region)
      return { firstFailureAt: returned?.from ?? null, answeredAgainAt: returned?.to ?? null };
    return { firstFailureAt: null, answeredAgainAt: null };
  },
  'canaries.missing': (_, { region }, { dead }) => {
    if (dead?.region !== region) return { checked: 600, missing: 0, oldestMissingAt: null };
    return { checked: 600, missing: 2, oldestMissingAt: (dead?.since ?? 0) - 1_400 };
  },
  'runs.others': () => ({ holders: [], unpolled: [] }),
};
