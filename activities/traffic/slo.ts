/** Error rate and latency of a server between two readings of its counters. Pure. */
import type { SloArgs, SloReading } from '../../runbooks/steps/traffic.ts';
import { isDown, type ServerCounters } from './haproxy-tables.ts';

interface Limits extends Pick<SloArgs, 'errorRate' | 'latencyMs'> {
  /** What the region gets of new requests now, in percent: without a share there is nothing to measure. */
  readonly share: number;
}

/**
 * Why the share is not what the plan gave it, as after a restart with the weights of the configuration; undefined where it is,
 * or none was given. I1: a destination that lost its share was once "all good" up to the point of no return.
 *
 * @param mixed whether an active server stands beside a backup: there a part is rounded to all or nothing
 */
export function offPlan(given: number | null, share: number, mixed: boolean): string | undefined {
  if (given === null || given === share) return undefined;
  if (mixed && given > 0 && given < 100) return undefined;
  return `it has ${share} % of new requests, not the ${given} % that it was given`;
}

/**
 * Measured is what came to an end, never what was only begun: a server that was just frozen is given requests like any
 * other, and fails none of them until they time out.
 *
 * Errors are answers of 5xx, connections that failed and answers that broke off. Latency is HAProxy's `qtime`, `ctime`
 * and `rtime` together, each the mean over its last 1,024 requests, so it lags behind a sudden change; the error rate does
 * not. `ttime` is no measure: it holds the time that a kept connection was idle, too.
 */
export function sloReading(first: ServerCounters, second: ServerCounters, limits: Limits): SloReading {
  const errors = grown(first, second, errorsOf);
  const requests = grown(first, second, endedOf);
  const errorRate = requests === 0 ? null : errors / requests;
  const latencyMs = requests === 0 ? null : second.responseTimeMs;
  const why = badness(second, requests, { errorRate, latencyMs }, limits);
  if (why !== undefined) return { healthy: false, why, measured: requests, errorRate, latencyMs };
  if (errorRate === null && limits.share === 0) {
    return { healthy: true, why: 'it has no share of the requests', measured: null, errorRate, latencyMs };
  }
  if (errorRate === null) {
    const hanging = grown(first, second, (one) => one.requests);
    const why = hanging === 0 ? 'no requests' : `${hanging} requests were given to it, and none has ended yet`;
    return { healthy: null, why, measured: 0, errorRate, latencyMs };
  }
  const good = `${percent(errorRate)} of ${requests} requests failed, ${latencyMs} ms`;
  return { healthy: true, why: good, measured: requests, errorRate, latencyMs };
}

/** What the load balancer itself says counts without a request: it sends none to a server that it holds for down (I1). */
function badness(
  server: ServerCounters,
  requests: number,
  { errorRate, latencyMs }: Pick<SloReading, 'errorRate' | 'latencyMs'>,
  limits: Limits,
): string | undefined {
  if (isDown(server)) return `the load balancer holds it for down (${server.status})`;
  if (errorRate !== null && errorRate > limits.errorRate) {
    return `${percent(errorRate)} of ${requests} requests failed`;
  }
  return latencyMs !== null && latencyMs > limits.latencyMs ? `requests take ${latencyMs} ms` : undefined;
}

const withoutAnswer = (one: ServerCounters): number => one.connectionErrors + one.responseErrors;
const errorsOf = (one: ServerCounters): number => one.responses5xx + withoutAnswer(one);
const endedOf = (one: ServerCounters): number => one.answers + withoutAnswer(one);

/** HAProxy counts from 0 again after a reload. */
function grown(first: ServerCounters, second: ServerCounters, of: (one: ServerCounters) => number): number {
  const growth = of(second) - of(first);
  return growth < 0 ? of(second) : growth;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}
