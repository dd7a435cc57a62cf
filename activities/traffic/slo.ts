/** Error rate and latency of a server between two readings of its counters. Pure. */
import type { SloArgs, SloReading } from '../../runbooks/steps/traffic.ts';
import { isDown, type ServerCounters } from './haproxy-tables.ts';

type Limits = Pick<SloArgs, 'errorRate' | 'latencyMs'>;

/**
 * Errors are answers of 5xx, connections that failed and answers that broke off. Latency is HAProxy's `ttime`, the mean
 * over its last 1,024 requests, so it lags behind a sudden change; the error rate does not.
 */
export function sloReading(first: ServerCounters, second: ServerCounters, limits: Limits): SloReading {
  const errors = grown(first, second, errorsOf);
  // A connection that failed may be counted before its request is.
  const requests = Math.max(
    grown(first, second, (one) => one.requests),
    errors,
  );
  const down = isDown(second) ? `the load balancer holds it for down (${second.status})` : undefined;
  if (requests === 0) {
    return { healthy: down === undefined, why: down ?? 'no requests', requests, errorRate: null, latencyMs: null };
  }
  const errorRate = errors / requests;
  const latencyMs = second.totalTimeMs;
  const why =
    down ??
    (errorRate > limits.errorRate ? `${percent(errorRate)} of ${requests} requests failed` : undefined) ??
    (latencyMs > limits.latencyMs ? `requests take ${latencyMs} ms` : undefined);
  return {
    healthy: why === undefined,
    why: why ?? `${percent(errorRate)} of ${requests} requests failed, ${latencyMs} ms`,
    requests,
    errorRate,
    latencyMs,
  };
}

const errorsOf = (one: ServerCounters): number => one.responses5xx + one.connectionErrors + one.responseErrors;

/** HAProxy counts from 0 again after a reload. */
function grown(first: ServerCounters, second: ServerCounters, of: (one: ServerCounters) => number): number {
  const growth = of(second) - of(first);
  return growth < 0 ? of(second) : growth;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}
