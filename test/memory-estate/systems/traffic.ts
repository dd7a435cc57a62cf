/** Load balancers in memory, with the same guard as the real one: an undo that has become unsafe is refused (I1). */
import { asSeen, implement } from '../../../activities/step-implementation.ts';
import { refuseUnsafe } from '../../../activities/traffic/guard.ts';
import { offPlan } from '../../../activities/traffic/slo.ts';
import { trafficNamed } from '../../../estate/traffic/questions.ts';
import {
  door,
  set,
  shares as sharesStep,
  sharesText,
  slo,
  type TrafficReading,
  type TrafficSetting,
} from '../../../runbooks/steps/traffic.ts';
import { change } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import { effectiveShares, fitness, reached, type Seen, type ServicesState, type TrafficState } from './serving.ts';

export const traffic: MemorySystem<TrafficState, ServicesState> = {
  create: (estate) => ({
    traffic: new Map(
      Object.entries(estate.traffic).map(([name, { shares }]) => [name, { shares: { ...shares }, drained: [] }]),
    ),
    errorRates: new Map(),
    requests: new Map(),
    cutPaths: new Set(),
    silentStats: new Set(),
  }),

  steps(world) {
    const read = async ({ traffic: name }: { traffic: string }): Promise<TrafficReading> => readingOf(world, name);
    return {
      ...implement(sharesStep, { read, result: asSeen }),
      ...implement(set, {
        read,
        async act({ traffic: name, to }, context) {
          const entry = trafficNamed(world.estate, name);
          const { setting, down } = readingOf(world, name);
          const fit = async (region: string): Promise<true | string> =>
            down.includes(region) ? 'the load balancer holds it for down' : fitness(world, entry.service, region);
          await refuseUnsafe({ traffic: name, to, now: setting, known: Object.keys(entry.servers), fit });
          change(world, context, `${name}: ${sharesText(to)}`, () => {
            world.traffic.set(name, { shares: { ...to.shares }, drained: to.drained.toSorted() });
          });
        },
        proven: ({ setting }, { to }) => same(setting, to) || `it has ${sharesText(setting)}`,
        result: asSeen,
      }),
      ...implement(slo, {
        async read({ traffic: name, region, share: given, errorRate: limit }) {
          const none = { errorRate: null, latencyMs: null };
          const { shares, drained } = readingOf(world, name).setting;
          const off = offPlan(given, shares[region] ?? 0, false);
          if (off !== undefined) return { healthy: false, why: off, measured: 0, ...none };
          if (drained.includes(region) || !shares[region]) {
            return { healthy: true, why: 'it has no share of the requests', measured: null, ...none };
          }
          const fit = reached(world, name, region);
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
      ...implement(door, {
        async read({ traffic: name, requests, errorRate: limit }) {
          const shares = Object.entries(effectiveShares(world, name));
          const all = shares.reduce((sum, [, share]) => sum + share, 0);
          const good = shares.reduce((sum, [region, share]) => {
            return reached(world, name, region) === true
              ? sum + share * (1 - (world.errorRates.get(region) ?? 0))
              : sum;
          }, 0);
          const errorRate = all === 0 ? 1 : 1 - good / all;
          const why = `${Math.round(errorRate * 100)} % of ${requests} requests failed, 20 ms`;
          return { healthy: errorRate <= limit, why, measured: requests, errorRate, latencyMs: 20 };
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
      ? Object.keys(entry.servers).filter((region) => reached(world, name, region) !== true)
      : [];
  return { setting: { shares: { ...setting.shares }, drained: [...setting.drained] }, down };
}

const same = (a: TrafficSetting, b: TrafficSetting): boolean =>
  a.drained.toSorted().join() === b.drained.toSorted().join() &&
  Object.keys({ ...a.shares, ...b.shares }).every((region) => (a.shares[region] ?? 0) === (b.shares[region] ?? 0));
