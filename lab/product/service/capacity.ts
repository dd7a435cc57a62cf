/**
 * Owns how many requests this region's service can take: workers times what one worker takes, as a token bucket.
 *
 * What must never happen: the service answers more than that, because a failover that forgets to make room must show.
 * Within any T seconds it takes at most rate * (T + BURST_SECONDS) requests.
 */

export interface Capacity {
  /** Whether one more request is taken now. */
  take(): boolean;
  /** Changes the worker count; room grows from now on, it is not given at once. */
  resize(workers: number): void;
  workers(): number;
}

/** Requests bunch when the machine is busy; less than a second would refuse load that is within the rate. */
export const BURST_SECONDS = 1;

/** A full bucket of `workers * perWorker` requests per second. `nowMs` is a monotonic clock. */
export function createCapacity(workers: number, perWorker: number, nowMs: () => number): Capacity {
  let count = workers;
  let tokens = workers * perWorker * BURST_SECONDS;
  let filledAtMs = nowMs();

  function fill(): void {
    const now = nowMs();
    const rate = count * perWorker;
    tokens = Math.min(rate * BURST_SECONDS, tokens + (Math.max(0, now - filledAtMs) * rate) / 1000);
    filledAtMs = now;
  }

  return {
    take() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    resize(workers) {
      // What was earned until now was earned at the old rate.
      fill();
      count = workers;
      fill();
    },
    workers: () => count,
  };
}

export interface RateMeter {
  count(): void;
  /** Mean events per second over the last `windowSeconds` complete seconds. */
  perSecond(): number;
}

/** Counts events in buckets of one second. */
export function createRateMeter(nowMs: () => number, windowSeconds = 3): RateMeter {
  const buckets = new Map<number, number>();
  const second = () => Math.floor(nowMs() / 1000);
  return {
    count() {
      const now = second();
      buckets.set(now, (buckets.get(now) ?? 0) + 1);
      for (const key of buckets.keys()) if (key < now - windowSeconds) buckets.delete(key);
    },
    perSecond() {
      const now = second();
      let sum = 0;
      for (let ago = 1; ago <= windowSeconds; ago += 1) sum += buckets.get(now - ago) ?? 0;
      return sum / windowSeconds;
    },
  };
}
