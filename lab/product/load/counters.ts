/**
 * Owns the account of requests: how many, which failed, when, and since which mark.
 *
 * What must never happen: a failure goes uncounted because a list was full; lists are bounded, counters are not.
 */
import type { Failure, MarkStats, Stats } from './api.ts';

export const FAILURES_LIMIT = 10_000;
const LATENCIES_LIMIT = 1_000;
/** Failures further apart than this belong to different outages. */
const QUIET_MS = 10_000;
/** More marks than any run sets; beyond it the oldest is dropped. */
const MARKS_LIMIT = 100;

export type Outcome =
  | { readonly is: 'acked' | 'read' | 'not-found'; readonly region: string; readonly latencyMs: number }
  | {
      readonly is: 'failed';
      readonly kind: string;
      readonly write: boolean;
      readonly corrupt?: boolean;
      readonly region?: string;
    };

export interface Counters {
  /** Books one finished request of the running load. `sentAtMs` and the clock are wall time. */
  book(outcome: Outcome, sentAtMs: number): void;
  /** Books a write outside the running load that was not acknowledged. */
  bookIndeterminate(): void;
  bookSkipped(count: number): void;
  /** Starts a count; a name used again starts again. Answers the mark's time. */
  mark(name: string): string;
  markAt(name: string): string | undefined;
  /**
   * When the newest outage began for clients: a failure after at least one acknowledgement and a quiet time. A start
   * beside services that are still starting is no fault.
   */
  faultAt(): string | undefined;
  stats(now: { rps: number; paused: boolean; acked: number }): Stats;
}

interface MarkCount {
  readonly atMs: number;
  requests: number;
  failed: number;
  failedSentAfter: number;
  acked: number;
  firstFailureAtMs?: number;
  lastFailureAtMs?: number;
  lastFailureSentAtMs?: number;
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms));

/** Empty counters that begin now. */
export function createCounters(nowMs: () => number): Counters {
  // What happened since the start is counted as since any other mark.
  const total = newMark(nowMs());
  const marks = new Map<string, MarkCount>();
  const answeredBy = new Map<string, number>();
  const failures: Failure[] = [];
  const latenciesMs: number[] = [];
  const sums = { failuresDropped: 0, indeterminate: 0, notFound: 0, corrupt: 0, skipped: 0, latencies: 0 };
  let faultAtMs: number | undefined;

  function bookFailure(outcome: Extract<Outcome, { is: 'failed' }>, sentAtMs: number, atMs: number): void {
    if (outcome.write) sums.indeterminate += 1;
    if (outcome.corrupt === true) sums.corrupt += 1;
    failures.push({ at: iso(atMs), sentAt: iso(sentAtMs), kind: outcome.kind });
    // In one cut now and then, because shifting 10,000 for each failure would slow the load itself.
    if (failures.length < FAILURES_LIMIT * 1.1) return;
    sums.failuresDropped += failures.splice(0, failures.length - FAILURES_LIMIT).length;
  }

  return {
    book(outcome, sentAtMs) {
      const atMs = nowMs();
      if (outcome.is === 'failed' && total.acked > 0 && atMs - (total.lastFailureAtMs ?? 0) > QUIET_MS)
        faultAtMs = atMs;
      for (const count of [total, ...marks.values()]) bookMark(count, outcome, sentAtMs, atMs);
      if (outcome.region !== undefined) answeredBy.set(outcome.region, (answeredBy.get(outcome.region) ?? 0) + 1);
      if (outcome.is === 'failed') return bookFailure(outcome, sentAtMs, atMs);
      if (outcome.is === 'not-found') sums.notFound += 1;
      latenciesMs[sums.latencies % LATENCIES_LIMIT] = outcome.latencyMs;
      sums.latencies += 1;
    },
    bookIndeterminate() {
      sums.indeterminate += 1;
    },
    bookSkipped(count) {
      sums.skipped += count;
    },
    mark(name) {
      marks.delete(name);
      const oldest = marks.keys().next().value;
      if (marks.size >= MARKS_LIMIT && oldest !== undefined) marks.delete(oldest);
      const mark = newMark(nowMs());
      marks.set(name, mark);
      return iso(mark.atMs);
    },
    markAt(name) {
      const mark = marks.get(name);
      return mark === undefined ? undefined : iso(mark.atMs);
    },
    faultAt: () => (faultAtMs === undefined ? undefined : iso(faultAtMs)),
    stats({ rps, paused, acked }) {
      const extra = Math.max(0, failures.length - FAILURES_LIMIT);
      return {
        startedAt: iso(total.atMs),
        rps,
        paused,
        requests: total.requests,
        failed: total.failed,
        acked,
        indeterminate: sums.indeterminate,
        notFound: sums.notFound,
        corrupt: sums.corrupt,
        skipped: sums.skipped,
        firstFailureAt: isoOrNull(total.firstFailureAtMs),
        lastFailureAt: isoOrNull(total.lastFailureAtMs),
        failures: failures.slice(extra),
        failuresDropped: sums.failuresDropped + extra,
        answeredBy: Object.fromEntries(answeredBy),
        latencyMs: percentiles(latenciesMs),
        marks: Object.fromEntries([...marks].map(([name, count]) => [name, markStats(count)])),
      };
    },
  };
}

function newMark(atMs: number): MarkCount {
  return { atMs, requests: 0, failed: 0, failedSentAfter: 0, acked: 0 };
}

function bookMark(count: MarkCount, outcome: Outcome, sentAtMs: number, atMs: number): void {
  count.requests += 1;
  if (outcome.is === 'acked') count.acked += 1;
  if (outcome.is !== 'failed') return;
  count.failed += 1;
  count.firstFailureAtMs ??= atMs;
  count.lastFailureAtMs = atMs;
  if (sentAtMs < count.atMs) return;
  count.failedSentAfter += 1;
  count.lastFailureSentAtMs = Math.max(count.lastFailureSentAtMs ?? 0, sentAtMs);
}

function markStats(count: MarkCount): MarkStats {
  return {
    at: iso(count.atMs),
    requests: count.requests,
    failed: count.failed,
    failedSentAfter: count.failedSentAfter,
    acked: count.acked,
    firstFailureAt: isoOrNull(count.firstFailureAtMs),
    lastFailureAt: isoOrNull(count.lastFailureAtMs),
    lastFailureSentAt: isoOrNull(count.lastFailureSentAtMs),
  };
}

function percentiles(latenciesMs: readonly number[]): Stats['latencyMs'] {
  if (latenciesMs.length === 0) return null;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
  return { p50: at(0.5), p99: at(0.99) };
}
