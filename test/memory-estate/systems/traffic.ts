/** Load balancers in memory, with the same guard as the real one: an undo that has become unsafe is refused (I1). */
import type { Implementations, StepImplementation } from '../../../activities/define-activities.ts';
import { refuseUnsafe } from '../../../activities/traffic/guard.ts';
import type { SetArgs, TrafficReading, TrafficSetting } from '../../../runbooks/steps/traffic.ts';
import { sharesText } from '../../../runbooks/steps/traffic.ts';
import { change, effectiveShares, fitness, type World } from '../world.ts';

interface SloInput {
  readonly traffic: string;
  readonly region: string;
  readonly errorRate: number;
}

export function trafficSteps(world: World): Implementations {
  const read = async ({ traffic }: { traffic: string }): Promise<TrafficReading> => readingOf(world, traffic);

  const shares: StepImplementation<{ traffic: string }, TrafficReading> = { read };

  const set: StepImplementation<SetArgs, TrafficReading> = {
    read,
    async act({ traffic, to }, context) {
      const entry = world.estate.traffic[traffic];
      if (!entry) throw new Error(`no traffic ${traffic}`);
      const fit = async (region: string): Promise<true | string> => fitness(world, entry.service, region);
      const now = readingOf(world, traffic).setting.shares;
      await refuseUnsafe({ traffic, to, now, known: Object.keys(entry.servers), fit });
      change(world, context, `${traffic}: ${sharesText(to)}`, () => {
        world.traffic.set(traffic, { shares: { ...to.shares }, drained: to.drained.toSorted() });
      });
    },
    proven: ({ setting }, { to }) => same(setting, to) || `it has ${sharesText(setting)}`,
  };

  const slo: StepImplementation<SloInput, unknown> = {
    async read({ traffic, region, errorRate: limit }) {
      const share = effectiveShares(world, traffic)[region] ?? 0;
      if (share === 0) return { healthy: true, why: 'no requests', requests: 0, errorRate: null, latencyMs: null };
      const entry = world.estate.traffic[traffic];
      const fit = entry ? fitness(world, entry.service, region) : 'no such traffic';
      const errorRate = fit === true ? (world.errorRates.get(region) ?? 0) : 1;
      const why = `${Math.round(errorRate * 100)} % of ${share} requests failed, 20 ms`;
      return { healthy: errorRate <= limit, why, requests: share, errorRate, latencyMs: 20 };
    },
  };

  return { 'traffic.shares': shares, 'traffic.set': set, 'traffic.slo': slo };
}

function readingOf(world: World, traffic: string): TrafficReading {
  const setting = world.traffic.get(traffic);
  const entry = world.estate.traffic[traffic];
  if (!setting || !entry) throw new Error(`no traffic ${traffic}`);
  const down =
    entry.rule === 'automatic'
      ? Object.keys(entry.servers).filter((region) => fitness(world, entry.service, region) !== true)
      : [];
  return { setting: { shares: { ...setting.shares }, drained: [...setting.drained] }, down };
}

const same = (a: TrafficSetting, b: TrafficSetting): boolean =>
  a.drained.toSorted().join() === b.drained.toSorted().join() &&
  Object.keys({ ...a.shares, ...b.shares }).every((region) => (a.shares[region] ?? 0) === (b.shares[region] ?? 0));
