/**
 * What services and load balancers keep in memory, and what follows from both: whether a request would be answered, and
 * whether one would be sent. Both systems look at each other's part by this file alone.
 */
import type { Leading } from '../../../activities/services/withholding.ts';
import { trafficNamed, trafficOf } from '../../../estate/traffic/questions.ts';
import type { TrafficSetting } from '../../../runbooks/steps/traffic.ts';
import { answers, type Ground } from '../ground.ts';

export interface MemoryService {
  readonly service: string;
  readonly region: string;
  readonly capacityPerWorker: number;
  workers: number;
  /** `unclean`: ended without withdrawing its marker, so it waits to be readmitted. */
  admission: 'admitted' | 'withheld' | 'unclean';
}

export interface ServicesState {
  /** By `service@region`. */
  readonly services: Map<string, MemoryService>;
}

export interface TrafficState {
  /** By name. */
  readonly traffic: Map<string, TrafficSetting>;
  /** Share of requests that fail at a healthy region, 0 to 1, where a test wants it bad. */
  readonly errorRates: Map<string, number>;
  /** Requests in a sample, where a test wants few; else ten for each percent of its share. */
  readonly requests: Map<string, number>;
  /** `traffic@region`: the region lives, and the load balancer does not reach it. */
  readonly cutPaths: Set<string>;
  /** Load balancers whose statistics do not answer. */
  readonly silentStats: Set<string>;
}

export type Seen = Ground & TrafficState & ServicesState;

/** True, or why the service there must get no requests. */
export function fitness(world: Ground & ServicesState, service: string, region: string): true | string {
  const one = world.services.get(`${service}@${region}`);
  if (!one) return `${service} does not run there`;
  if (!answers(world, region)) return 'it does not answer';
  if (one.admission === 'withheld') return 'withheld by Lifeboat';
  if (one.admission === 'unclean') return 'not admitted: it ended uncleanly';
  return true;
}

/** True, or why a request that this load balancer sends there is not answered well. */
export function reached(world: Seen, name: string, region: string): true | string {
  if (world.cutPaths.has(`${name}@${region}`)) return `the load balancer of ${name} does not reach it`;
  return fitness(world, trafficNamed(world.estate, name).service, region);
}

/** The shares that requests really get: an `automatic` load balancer leaves out what its own checks hold for down. */
export function effectiveShares(world: Seen, name: string): { readonly [region: string]: number } {
  const entry = world.estate.traffic[name];
  const setting = world.traffic.get(name);
  if (!entry || !setting) return {};
  const open = Object.entries(setting.shares).filter(([region]) => !setting.drained.includes(region));
  if (entry.rule !== 'automatic') return Object.fromEntries(open);
  const fit = open.filter(([region]) => reached(world, name, region) === true);
  const total = fit.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(fit.map(([region, share]) => [region, total === 0 ? 0 : (share * 100) / total]));
}

/** What the load balancers' statistics say, as the region's agent reads them. */
export function leadingTo(
  world: Ground & TrafficState,
  { service, region }: { service: string; region: string },
): Leading[] {
  return trafficOf(world.estate, region)
    .filter(({ traffic }) => traffic.service === service)
    .map(({ name, traffic: { stats } }) => {
      if (stats === undefined)
        return { name, share: { unknown: 'the estate file does not say where its `stats` are' } };
      if (world.silentStats.has(name)) return { name, share: { unknown: 'its statistics do not answer' } };
      const setting = world.traffic.get(name);
      return { name, share: setting?.drained.includes(region) ? 0 : (setting?.shares[region] ?? 0) };
    });
}
