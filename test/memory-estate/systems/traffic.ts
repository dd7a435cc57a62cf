/** Load balancers in memory, with the same guard as the real one: an undo that has become unsafe is refused (I1). */
import { asSeen, implement } from '../../../activities/step-implementation.ts';
import { refuseUnsafe } from '../../../activities/traffic/guard.ts';
import { trafficNamed } from '../../../estate/traffic/questions.ts';
import {
  set,
  shares as sharesStep,
  sharesText,
  slo,
  type TrafficReading,
  type TrafficSetting,
} from '../../../runbooks/steps/traffic.ts';
import { change, type Ground } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import { fitness, type ServicesState } from './services.ts';

export interface TrafficState {
  /** By name. */
  readonly traffic: Map<string, TrafficSetting>;
  /** Share of requests that fail at a healthy region, 0 to 1, where a test wants it bad. */
  readonly errorRates: Map<string, number>;
  /** Requests in a sample, where a test wants few; else ten for each percent of its share. */
  readonly requests: Map<string, number>;
}

type Seen = Ground & TrafficState & ServicesState;

export const traffic: MemorySystem<TrafficState, ServicesState> = {
  create: (estate) => ({
    traffic: new Map(
      Object.entries(estate.traffic).map(([name, { shares }]) => [name, { shares: { ...shares }, drained: [] }]),
    ),
    errorRates: new Map(),
    requests: new Map(),
  }),

  steps(world) {
    const read = async ({ traffic: name }: { traffic: string }): Promise<TrafficReading> => readingOf(world, name);
    return {
      ...implement(sharesStep, { read, result: asSeen }),
      ...implement(set, {
        read,
        async act({ traffic: name, to }, context) {
          const entry = trafficNamed(world.estate, name);
          const fit = async (region: string): Promise<true | string> => fitness(world, entry.service, region);
          const now = readingOf(world, name).setting.shares;
          await refuseUnsafe({ traffic: name, to, now, known: Object.keys(entry.servers), fit });
          change(world, context, `${name}: ${sharesText(to)}`, () => {
            world.traffic.set(name, { shares: { ...to.shares }, drained: to.drained.toSorted() });
          });
        },
        proven: ({ setting }, { to }) => same(setting, to) || `it has ${sharesText(setting)}`,
        result: asSeen,
      }),
      ...implement(slo, {
        async read({ traffic: name, region, errorRate: limit }) {
          const none = { errorRate: null, latencyMs: null };
          const { shares, drained } = readingOf(world, name).setting;
          if (drained.includes(region) || !shares[region]) {
            return { healthy: true, why: 'it has no share of the requests', measured: null, ...none };
          }
          const fit = fitness(world, trafficNamed(world.estate, name).service, region);
          const share = effectiveShares(world, name)[region] ?? 0;
          if (share === 0 && fit !== true) {
            return { healthy: false, why: 'the load balancer holds it for down', measured: 0, ...none };
          }
          const measured = world.requests.get(region) ?? Math.round(share * 10);
          if (measured === 0) return { healthy: null, why: 'no requests', measured, ...none };
          const errorRate = fit === true ? (world.errorRates.get(region) ?? 0) : 1;
          const why = `${Math.round(errorRate * 100)} % of ${measured} requests failed, 20 ms`;
          return { healthy: errorRate <= limit, why, measured, errorRate, latencyMs: 20 };
        },
        result: asSeen,
      }),
    };
  },

  outcome: (world) => ({
    traffic: Object.fromEntries(
      [...world.traffic].map(([name, { shares, drained }]) => [name, { shares, drained: drained.toSorted() }]),
    ),
  }),
};

function readingOf(world: Seen, name: string): TrafficReading {
  const setting = world.traffic.get(name);
  const entry = trafficNamed(world.estate, name);
  if (!setting) throw new Error(`no traffic ${name}`);
  const down =
    entry.rule === 'automatic'
      ? Object.keys(entry.servers).filter((region) => fitness(world, entry.service, region) !== true)
      : [];
  return { setting: { shares: { ...setting.shares }, drained: [...setting.drained] }, down };
}

/** The shares that requests really get: an `automatic` load balancer leaves out what its own checks hold for down. */
export function effectiveShares(world: Seen, name: string): { readonly [region: string]: number } {
  const entry = world.estate.traffic[name];
  const setting = world.traffic.get(name);
  if (!entry || !setting) return {};
  const open = Object.entries(setting.shares).filter(([region]) => !setting.drained.includes(region));
  if (entry.rule !== 'automatic') return Object.fromEntries(open);
  const fit = open.filter(([region]) => fitness(world, entry.service, region) === true);
  const total = fit.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(fit.map(([region, share]) => [region, total === 0 ? 0 : (share * 100) / total]));
}

const same = (a: TrafficSetting, b: TrafficSetting): boolean =>
  a.drained.toSorted().join() === b.drained.toSorted().join() &&
  Object.keys({ ...a.shares, ...b.shares }).every((region) => (a.shares[region] ?? 0) === (b.shares[region] ?? 0));
