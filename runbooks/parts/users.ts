/**
 * What people outside see of a region weighs more than what it says of itself: the load balancer's counters, its checks,
 * and requests of our own through the door that users take.
 *
 * Rates move with every reading, so they only decide (is it failing?), and stand in sentences; none enters a plan's core.
 */
import type { Estate } from '../../estate/schema.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { SloReading, TrafficReading } from '../steps/traffic.ts';
import * as traffic from '../steps/traffic.ts';

/** Far above what a hold bears: a region that fails one request in ten is not left in small steps. */
const FAILING_RATE = 0.1;
/** Fewer requests decide nothing. */
const LEAST_REQUESTS = 5;
/** Short, because a woken person waits for it. */
const WINDOW_MS = 500;
const DOOR_REQUESTS = 20;

/** Counters of a region at these entrances, over a moment. */
export function usersProbes(estate: Estate, names: readonly string[], region: string) {
  const { errorRate, latencyMs } = estate.holds.limits;
  return Object.fromEntries(
    names.map((name) => [
      name,
      traffic.slo({ traffic: name, region, share: null, window: WINDOW_MS, errorRate, latencyMs, probes: 0 }),
    ]),
  );
}

/** Requests of our own at each entrance that has a door. */
export function doorProbes(estate: Estate, names: readonly string[]) {
  const { errorRate, latencyMs } = estate.holds.limits;
  return Object.fromEntries(
    names
      .filter((name) => estate.traffic[name]?.door !== undefined)
      .map((name) => [name, traffic.door({ traffic: name, requests: DOOR_REQUESTS, errorRate, latencyMs })]),
  );
}

export interface Outside {
  readonly shares: { readonly [name: string]: Evidence<TrafficReading> };
  readonly users: { readonly [name: string]: Evidence<SloReading> };
  readonly door: { readonly [name: string]: Evidence<SloReading> };
}

/** Why the region fails for its users, a sentence per entrance without a full stop; empty where it does not, or is unknown. */
export function failingForUsers(region: string, { shares, users, door }: Outside): string[] {
  return Object.entries(shares).flatMap(([name, one]) => {
    const share = one.ok ? (one.value.setting.shares[region] ?? 0) : 0;
    if (!one.ok || share === 0) return [];
    if (one.value.down.includes(region)) return [`the load balancer of ${name} holds it for down by its own checks`];
    const counted = rateOf(users[name]);
    if (counted !== undefined) return sentence(counted, `of its users' requests fail at the load balancer of ${name}`);
    // Nobody asked meanwhile. Our own requests are told apart by region only where all of them go to one.
    const knocked = share === 100 ? rateOf(door[name]) : undefined;
    return knocked === undefined ? [] : sentence(knocked, `of our own requests through ${name} fail`);
  });
}

/**
 * Whether its users are well served, as load balancers count: at one entrance at least by enough requests, and at none that
 * leads there is anything else seen. What nobody counted is no sign of it.
 */
export function servedToUsers(region: string, outside: Outside): boolean {
  if (failingForUsers(region, outside).length > 0) return false;
  return Object.entries(outside.shares).some(([name, one]) => {
    if (!one.ok || (one.value.setting.shares[region] ?? 0) === 0) return false;
    const rate = rateOf(outside.users[name]);
    return rate !== undefined && rate < FAILING_RATE;
  });
}

function rateOf(one: Evidence<SloReading> | undefined): number | undefined {
  if (!one?.ok || (one.value.measured ?? 0) < LEAST_REQUESTS) return undefined;
  return one.value.errorRate ?? undefined;
}

function sentence(rate: number, of: string): string[] {
  return rate >= FAILING_RATE ? [`${Math.round(rate * 100)} % ${of}`] : [];
}

/** What each door showed, for people. */
export function doorFacts(door: Outside['door']): { label: string; value: string }[] {
  return Object.entries(door).map(([name, one]) => ({
    label: `Through the door of ${name}`,
    value: one.ok ? one.value.why : `not known: ${one.reason}`,
  }));
}
