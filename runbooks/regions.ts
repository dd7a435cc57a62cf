/** How the estate stands, read without a run: which reads that takes, and what they say of each region. Pure. */
import type { z } from 'zod';
import { canaryRegions } from '../estate/canaries/questions.ts';
import { regionNames } from '../estate/regions/questions.ts';
import type { Estate } from '../estate/schema.ts';
import type { Evidence, EvidenceMap } from '../kernel/plan/evidence.ts';
import type { Call } from '../kernel/plan/plan.ts';
import type { RegionState, RegionsView, RepairState } from '../kernel/run/regions.ts';
import { callOf } from './draft.ts';
import { repairedProbes, repairState, repairsOwed } from './parts/owed-repair.ts';
import * as canaries from './steps/canaries.ts';
import * as cassandra from './steps/cassandra.ts';
import * as services from './steps/services.ts';
import * as traffic from './steps/traffic.ts';

/** Reads only, by name. */
export function regionProbes(estate: Estate): { readonly [name: string]: Call } {
  const shares = Object.keys(estate.traffic).map(
    (name) => [`shares/${name}`, traffic.shares({ traffic: name })] as const,
  );
  const health = Object.entries(estate.services).flatMap(([service, { regions }]) =>
    Object.keys(regions).map(
      (region) => [`health/${service}@${region}`, services.health({ service, region })] as const,
    ),
  );
  const outages = Object.keys(estate.canaries).flatMap((canary) =>
    canaryRegions(estate, canary).map(
      (region) => [`outage/${canary}@${region}`, canaries.outage({ canary, region })] as const,
    ),
  );
  const repaired = Object.entries(repairedProbes(estate, regionNames(estate)));
  return {
    ...Object.fromEntries(outages.map(([name, draft]) => [name, callOf(draft, estate)])),
    ...Object.fromEntries(repaired.map(([name, draft]) => [`repaired/${name}`, callOf(draft, estate)])),
    ...Object.fromEntries(shares.map(([name, draft]) => [name, callOf(draft, estate)])),
    ...Object.fromEntries(health.map(([name, draft]) => [name, callOf(draft, estate)])),
  };
}

/** @param now milliseconds since 1970 */
export function regionsFrom(estate: Estate, evidence: EvidenceMap, now: number): RegionsView {
  const regions = regionNames(estate).map((region) => regionFrom(estate, evidence, region));
  return { at: now, regions, repairs: repairsFrom(estate, evidence, regions) };
}

/** Of every cluster, whichever region it is asked of: an absence of one is one of the cluster. */
function repairsFrom(estate: Estate, evidence: EvidenceMap, regions: readonly RegionState[]): RepairState[] {
  const outages = readIn(evidence, 'outage/', canaries.OutageReading);
  const seen = { outages, repaired: readIn(evidence, 'repaired/', cassandra.RepairedReading) };
  const owed = new Map(
    regionNames(estate).flatMap((region) =>
      repairsOwed(estate, region, seen).map((one) => [one.cluster, one] as const),
    ),
  );
  const idle = regions.filter(isIdle).map(({ region }) => region);
  return [...owed.values()].flatMap((one) => {
    const asked = Object.entries(outages).filter(([key]) => isOf(estate, one.cluster, key));
    return repairState(one, Object.fromEntries(asked), idle) ?? [];
  });
}

/** Whether no load balancer is known to lead there: only such a region can be failed back, which repairs all of the cluster. */
function isIdle({ traffic }: RegionState): boolean {
  return traffic.every(({ share }) => (share ?? 0) === 0);
}

/** Whether a canary's key, such as `main@us-central1`, is of a canary of the cluster. */
function isOf(estate: Estate, cluster: string, key: string): boolean {
  return estate.canaries[key.slice(0, key.lastIndexOf('@'))]?.cluster === cluster;
}

/** What was read under a prefix, by the rest of each name; an answer of another shape is none. */
function readIn<T>(
  evidence: EvidenceMap,
  prefix: string,
  shape: z.ZodType<T>,
): { readonly [key: string]: Evidence<T> } {
  return Object.fromEntries(
    Object.entries(evidence).flatMap(([name, one]): [string, Evidence<T>][] => {
      if (!name.startsWith(prefix)) return [];
      const key = name.slice(prefix.length);
      if (!one.ok) return [[key, one]];
      const value = shape.safeParse(one.value).data;
      return [[key, value === undefined ? { ok: false, reason: 'it cannot be read', at: one.at } : { ...one, value }]];
    }),
  );
}

function regionFrom(estate: Estate, evidence: EvidenceMap, region: string): RegionState {
  return {
    region,
    services: Object.entries(estate.services)
      .filter(([, { regions }]) => Object.hasOwn(regions, region))
      .map(([service]) => ({ service, ...healthOf(evidence[`health/${service}@${region}`]) })),
    traffic: Object.entries(estate.traffic)
      .filter(([, { shares }]) => Object.hasOwn(shares, region))
      .map(([name]) => ({ traffic: name, ...shareOf(evidence[`shares/${name}`], region) })),
  };
}

function healthOf(one: Evidence<unknown> | undefined): Pick<RegionState['services'][number], 'health' | 'why'> {
  const read = one?.ok ? services.ServiceReading.safeParse(one.value).data : undefined;
  if (read === undefined) return { health: 'silent', why: one && !one.ok ? one.reason : '' };
  return read.healthy ? { health: 'healthy', why: '' } : { health: 'unhealthy', why: read.why };
}

function shareOf(one: Evidence<unknown> | undefined, region: string): Omit<RegionState['traffic'][number], 'traffic'> {
  const read = one?.ok ? traffic.TrafficReading.safeParse(one.value).data : undefined;
  if (read === undefined)
    return { share: null, drained: false, down: false, ...(one && !one.ok ? { why: one.reason } : {}) };
  const { shares, drained } = read.setting;
  return { share: shares[region] ?? 0, drained: drained.includes(region), down: read.down.includes(region) };
}
