/** How the estate stands, read without a run: which reads that takes, and what they say of each region. Pure. */
import { regionNames } from '../estate/regions/questions.ts';
import type { Estate } from '../estate/schema.ts';
import type { Evidence, EvidenceMap } from '../kernel/plan/evidence.ts';
import type { Call } from '../kernel/plan/plan.ts';
import type { RegionState, RegionsView } from '../kernel/run/regions.ts';
import { callOf } from './draft.ts';
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
  return {
    ...Object.fromEntries(shares.map(([name, draft]) => [name, callOf(draft, estate)])),
    ...Object.fromEntries(health.map(([name, draft]) => [name, callOf(draft, estate)])),
  };
}

/** @param now milliseconds since 1970 */
export function regionsFrom(estate: Estate, evidence: EvidenceMap, now: number): RegionsView {
  return { at: now, regions: regionNames(estate).map((region) => regionFrom(estate, evidence, region)) };
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
  if (read === undefined) return { share: null, drained: false, down: false };
  const { shares, drained } = read.setting;
  return { share: shares[region] ?? 0, drained: drained.includes(region), down: read.down.includes(region) };
}
