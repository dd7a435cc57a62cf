/** Traffic between regions, behind one contract; HAProxy implements it here, others follow. Enforces I1 at the edge. */
import { z } from 'zod';
import { trafficNamed } from '../../estate/traffic/questions.ts';
import { trafficQueue } from '../../estate/traffic/queues.ts';
import { READ, SHORT, type Step, step } from './contract.ts';
import { SampledHealth } from './health.ts';
import { spanningScope } from './scopes.ts';

/** Percent of new requests by region; sums to 100. */
export const Shares = z.record(z.string(), z.number().int().min(0).max(100));
export type Shares = z.infer<typeof Shares>;

/** A setting of one load balancer: shares, and the regions that are explicitly drained (survives a reload). */
export const TrafficSetting = z.strictObject({ shares: Shares, drained: z.array(z.string()) });
export type TrafficSetting = z.infer<typeof TrafficSetting>;

export const TrafficReading = z.strictObject({
  setting: TrafficSetting,
  /** Regions that the load balancer itself holds for down, by its own checks; empty where it makes none. */
  down: z.array(z.string()),
});
export type TrafficReading = z.infer<typeof TrafficReading>;

export const shares = step({
  name: 'traffic.shares',
  effect: 'read',
  args: z.strictObject({ traffic: z.string() }),
  result: TrafficReading,
  queue: ({ traffic }, estate) => trafficQueue(estate, traffic),
  limits: READ,
  say: ({ traffic }) => `Read the shares of ${traffic} at its load balancer`,
  example: ({ traffic }, estate, { returned }) => {
    const { shares: usual } = trafficNamed(estate, traffic);
    if (!returned) return { setting: { shares: usual, drained: [] }, down: [] };
    const [stayed] = Object.keys(usual).filter((region) => region !== returned.region);
    const moved = Object.fromEntries(Object.keys(usual).map((region) => [region, region === stayed ? 100 : 0]));
    return { setting: { shares: moved, drained: [returned.region] }, down: [] };
  },
});

const SetArgs = z.strictObject({ traffic: z.string(), to: TrafficSetting, was: TrafficSetting });
export type SetArgs = z.infer<typeof SetArgs>;

export const set: Step<SetArgs, TrafficReading> = step<SetArgs, TrafficReading>({
  name: 'traffic.set',
  effect: 'change',
  args: SetArgs,
  result: TrafficReading,
  scope: ({ traffic }, estate) => spanningScope(estate, 'traffic', traffic),
  queue: ({ traffic }, estate) => trafficQueue(estate, traffic),
  limits: SHORT,
  undo: ({ traffic, to, was }) => set({ traffic, to: was, was: to }),
  look: ({ traffic }) => `the statistics page of ${traffic}'s load balancer, and the log of its agent`,
  say: ({ traffic, to }) => `Set ${traffic} to ${sharesText(to)}`,
});

/** In which requests through a door are answered, or have failed (`activities/traffic/door.ts`). */
const DOOR_LIMIT_MS = 4_000;

export const SloArgs = z.strictObject({
  traffic: z.string(),
  region: z.string(),
  /**
   * Percent of new requests that the plan has given the region there; another share is bad, because then it is not what was
   * shifted that is measured. Null where no plan has given any.
   */
  share: z.number().int().min(0).max(100).nullable(),
  /** Milliseconds over which errors are counted. */
  window: z.number().int().positive(),
  /** Share of requests that may fail, 0 to 1. */
  errorRate: z.number().min(0).max(1),
  latencyMs: z.number().positive(),
  /**
   * How many requests of our own go through the entry's `door` meanwhile, so that an entrance that nobody uses at this
   * moment is measured too; the load balancer counts them as any others. 0: only what users send is counted.
   */
  probes: z.number().int().min(0).max(100),
});
export type SloArgs = z.infer<typeof SloArgs>;

export const SloReading = SampledHealth.extend({
  errorRate: z.number().nullable(),
  latencyMs: z.number().nullable(),
});
export type SloReading = z.infer<typeof SloReading>;

export const slo = step({
  name: 'traffic.slo',
  effect: 'read',
  args: SloArgs,
  result: SloReading,
  queue: ({ traffic }, estate) => trafficQueue(estate, traffic),
  // It counts over the window, or until its own requests are answered, and then answers as quickly as any reading.
  limits: ({ window, probes }) => ({
    ...READ,
    startToClose: READ.startToClose + Math.max(window, probes > 0 ? DOOR_LIMIT_MS : 0),
  }),
  say: ({ traffic, region }) => `Error rate and latency of ${region} at ${traffic}'s load balancer`,
  example: ({ region, window }, _, { dead, returned }) => {
    if (returned?.region === region) {
      return {
        healthy: true,
        why: 'it has no share of the requests',
        measured: null,
        errorRate: null,
        latencyMs: null,
      };
    }
    const measured = Math.round(window / 20);
    const lost = dead?.region === region;
    const why = `${lost ? 100 : 0} % of ${measured} requests failed, 20 ms`;
    return { healthy: !lost, why, measured, errorRate: lost ? 1 : 0, latencyMs: 20 };
  },
});

const DoorArgs = SloArgs.pick({ traffic: true, errorRate: true, latencyMs: true }).extend({
  /** How many requests are sent. */
  requests: z.number().int().min(1).max(100),
});
export type DoorArgs = z.infer<typeof DoorArgs>;

/** Requests of our own by the way that users take, from where the load balancer's agent stands: outside the regions. */
export const door = step({
  name: 'traffic.door',
  effect: 'read',
  args: DoorArgs,
  result: SloReading,
  queue: ({ traffic }, estate) => trafficQueue(estate, traffic),
  limits: READ,
  say: ({ traffic, requests }) => `${requests} requests through ${traffic} as users send them`,
  example: ({ traffic, requests }, estate, { dead }) => {
    const errorRate = (trafficNamed(estate, traffic).shares[dead?.region ?? ''] ?? 0) / 100;
    const why = `${Math.round(errorRate * 100)} % of ${requests} requests failed, 20 ms`;
    return { healthy: errorRate === 0, why, measured: requests, errorRate, latencyMs: 20 };
  },
});

/** `us-central1 90 %, europe-west1 10 %`, with what is drained. */
export function sharesText({ shares: percents, drained }: TrafficSetting): string {
  return Object.entries(percents)
    .map(([region, percent]) => `${region} ${percent} %${drained.includes(region) ? ' (drained)' : ''}`)
    .join(', ');
}
