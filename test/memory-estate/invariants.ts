/** What must hold after every effect of a step on the memory estate. Sentences say what was broken; none is good. */
import { compareFences } from '../../kernel/authority/fence.ts';
import { effectiveShares, fitness, reached } from './systems/serving.ts';
import type { World } from './world.ts';

/** Regions that requests of this traffic reach and that answer them well. */
function serving(world: World, name: string): string[] {
  return Object.entries(effectiveShares(world, name)).flatMap(([region, share]) =>
    share > 0 && reached(world, name, region) === true ? [region] : [],
  );
}

/** Remembers what was true before, so that "by our own hand" can be told from "by the disaster". */
export interface Watch {
  readonly broken: string[];
  /** To be called after a test changed the world itself. */
  renew(): void;
}

/** Watches I1 and I3 at every effect. */
export function watchInvariants(world: World): Watch {
  const broken: string[] = [];
  const names = [...world.traffic.keys()];
  const look = () => new Map(names.map((name) => [name, lookAt(world, name)]));
  let before = look();
  world.watchers.push(({ stepId, direction, say, fence, run }) => {
    const now = look();
    const where = `${direction} ${stepId} (${say})`;
    for (const name of names) {
      const had = before.get(name);
      const has = now.get(name);
      if (!had || !has) continue;
      if (had.serving.length > 0 && has.serving.length === 0) broken.push(`I1: nobody serves ${name} after ${where}`);
      broken.push(...unfit(world, name, had.shares, has.shares).map((what) => `I1: ${what} after ${where}`));
      for (const region of has.withheld) {
        const share = has.led[region] ?? 0;
        if (share > 0 && !had.withheld.includes(region))
          broken.push(`I1: ${region} was withheld while ${name} leads ${share} % there, after ${where}`);
      }
      broken.push(...crowded(had, has).map((what) => `I1: ${name} ${what} after ${where}`));
    }
    const last = world.effects.slice(0, -1).findLast((one) => one.fence.scope === fence.scope);
    if (last && compareFences(fence, last.fence) < 0) broken.push(`I3: ${where} of ${run} came after a newer call`);
    before = now;
  });
  return {
    broken,
    renew() {
      before = look();
    },
  };
}

interface Look {
  readonly serving: readonly string[];
  readonly withheld: readonly string[];
  /** The share of each region that is not drained, whatever checks say at this moment. */
  readonly led: { readonly [region: string]: number };
  readonly shares: { readonly [region: string]: number };
  /** Regions whose workers cannot carry their share of the peak. */
  readonly short: readonly string[];
}

function lookAt(world: World, name: string): Look {
  const shares = { ...world.traffic.get(name)?.shares };
  const short = Object.entries(shares).flatMap(([region, share]) =>
    carries(world, name, region, share) ? [] : [region],
  );
  const service = world.estate.traffic[name]?.service ?? '';
  const withheld = Object.keys(shares).filter(
    (region) => world.services.get(`${service}@${region}`)?.admission === 'withheld',
  );
  const open = Object.entries(shares).filter(([region]) => !world.traffic.get(name)?.drained.includes(region));
  return { serving: serving(world, name), withheld, led: Object.fromEntries(open), shares, short };
}

function carries(world: World, name: string, region: string, share: number): boolean {
  const service = world.estate.traffic[name]?.service ?? '';
  const one = world.services.get(`${service}@${region}`);
  const peak = world.estate.services[service]?.peak ?? 0;
  return (one?.workers ?? 0) * (one?.capacityPerWorker ?? 0) >= (peak * share) / 100;
}

/** Regions that could carry their requests before, and not any more, though they got no more of them. */
function crowded(had: Look, has: Look): string[] {
  return has.short
    .filter((region) => !had.short.includes(region) && (has.shares[region] ?? 0) <= (had.shares[region] ?? 0))
    .map((region) => `has too few workers left in ${region}`);
}

/** Regions that gained requests without being fit and large enough for them. */
function unfit(
  world: World,
  name: string,
  before: { readonly [region: string]: number },
  now: { readonly [region: string]: number },
): string[] {
  const service = world.estate.traffic[name]?.service ?? '';
  return Object.entries(now).flatMap(([region, share]) => {
    if (share <= (before[region] ?? 0)) return [];
    // Without checks of its own nothing can show the load balancer's way there, before requests take it.
    const fit =
      world.estate.traffic[name]?.rule === 'automatic' ? reached(world, name, region) : fitness(world, service, region);
    if (fit !== true) return [`${name} gained ${share} % in ${region}, where ${fit}`];
    if (carries(world, name, region, share)) return [];
    const { workers = 0, capacityPerWorker = 0 } = world.services.get(`${service}@${region}`) ?? {};
    return [`${name} has ${share} % in ${region}, which carries ${workers * capacityPerWorker}/s`];
  });
}
