/**
 * Slack's rate limits: a sliding minute per method for the tiers, a small bucket per channel for posting.
 *
 * Figures: docs.slack.dev, "Rate limits": tier 2 is 20 a minute, tier 3 is 50, tier 4 is 100; posting is one message a
 * second and channel, "short bursts" allowed. How long a burst may be is not documented; 10 is ours.
 */

export type Limit =
  | { readonly kind: 'per-minute'; readonly count: number }
  | { readonly kind: 'per-second'; readonly rate: number; readonly burst: number };

export const TIER_2: Limit = { kind: 'per-minute', count: 20 };
export const TIER_3: Limit = { kind: 'per-minute', count: 50 };
export const TIER_4: Limit = { kind: 'per-minute', count: 100 };
/** "Hundreds of requests per minute". */
export const SPECIAL: Limit = { kind: 'per-minute', count: 300 };
export const POSTING: Limit = { kind: 'per-second', rate: 1, burst: 10 };

const MINUTE_MS = 60_000;

export interface RateLimiter {
  /** Counts a call; 0 when it may pass, else the seconds (1 or more) for `Retry-After`. A refused call is not counted. */
  take(key: string, limit: Limit): number;
}

/** A limiter with its own counts, by the given clock (ms). */
export function createRateLimiter(now: () => number): RateLimiter {
  const minutes = new Map<string, number[]>();
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  function perMinute(key: string, count: number): number {
    const at = now();
    const calls = (minutes.get(key) ?? []).filter((each) => each > at - MINUTE_MS);
    minutes.set(key, calls);
    const oldest = calls[0];
    if (calls.length >= count && oldest !== undefined) return Math.max(1, Math.ceil((oldest + MINUTE_MS - at) / 1000));
    calls.push(at);
    return 0;
  }

  function perSecond(key: string, rate: number, burst: number): number {
    const at = now();
    const last = buckets.get(key) ?? { tokens: burst, atMs: at };
    const tokens = Math.min(burst, last.tokens + ((at - last.atMs) / 1000) * rate);
    if (tokens < 1) {
      buckets.set(key, { tokens, atMs: at });
      return Math.max(1, Math.ceil((1 - tokens) / rate));
    }
    buckets.set(key, { tokens: tokens - 1, atMs: at });
    return 0;
  }

  return {
    take: (key, limit) =>
      limit.kind === 'per-minute' ? perMinute(key, limit.count) : perSecond(key, limit.rate, limit.burst),
  };
}
