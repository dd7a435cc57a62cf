/**
 * Pins: every failed request is counted, though lists are bounded, and a mark tells what happened since.
 */
import { describe, expect, it } from '@jest/globals';
import { createCounters, FAILURES_LIMIT } from '../../../../lab/product/load/counters.ts';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const iso = (afterMs: number) => new Date(START_MS + afterMs).toISOString();

function setUp() {
  let ms = START_MS;
  const counters = createCounters(() => ms);
  return {
    counters,
    at: (afterMs: number) => {
      ms = START_MS + afterMs;
    },
    fail: (sentAfterMs: number, write = false) =>
      counters.book({ is: 'failed', kind: 'read:timeout', write }, START_MS + sentAfterMs),
    ack: () => counters.book({ is: 'acked', region: 'us-central1', latencyMs: 5 }, ms),
    stats: () => counters.stats({ rps: 10, paused: false, acked: 7 }),
  };
}

describe('counters', () => {
  it('tell requests, failures, first and last, and who answered', () => {
    const { ack, fail, at, stats } = setUp();
    ack();
    at(2_000);
    fail(0, true);
    at(3_000);
    fail(1_000);
    expect(stats()).toMatchObject({
      startedAt: iso(0),
      requests: 3,
      failed: 2,
      acked: 7,
      indeterminate: 1,
      firstFailureAt: iso(2_000),
      lastFailureAt: iso(3_000),
      failures: [
        { at: iso(2_000), sentAt: iso(0), kind: 'read:timeout' },
        { at: iso(3_000), sentAt: iso(1_000), kind: 'read:timeout' },
      ],
      answeredBy: { 'us-central1': 1 },
      latencyMs: { p50: 5, p99: 5 },
    });
  });

  it('do not take a 404 for a failure, and a wrong body for one', () => {
    const { counters, stats } = setUp();
    counters.book({ is: 'not-found', region: 'r', latencyMs: 1 }, START_MS);
    counters.book({ is: 'failed', write: false, corrupt: true, kind: 'read:corrupt', region: 'r' }, START_MS);
    expect(stats()).toMatchObject({ failed: 1, notFound: 1, corrupt: 1, requests: 2 });
  });

  it('keep the newest failures and count the others', () => {
    const { fail, at, stats } = setUp();
    const count = FAILURES_LIMIT + 2_500;
    for (let index = 0; index < count; index += 1) {
      at(index);
      fail(index);
    }
    const { failures, failuresDropped, failed, firstFailureAt } = stats();
    expect(failures).toHaveLength(FAILURES_LIMIT);
    expect([failed, failuresDropped, firstFailureAt]).toEqual([count, 2_500, iso(0)]);
    expect(failures.at(-1)?.at).toBe(iso(count - 1));
    expect(failures[0]?.at).toBe(iso(2_500));
  });
});

describe('a mark', () => {
  it('tells what was sent before it from what was sent after it', () => {
    const { counters, fail, ack, at, stats } = setUp();
    fail(0);
    at(1_000);
    expect(counters.mark('fault')).toBe(iso(1_000));
    at(2_500);
    fail(900);
    at(3_000);
    fail(1_200);
    ack();
    expect(stats().marks.fault).toEqual({
      at: iso(1_000),
      requests: 3,
      failed: 2,
      failedSentAfter: 1,
      acked: 1,
      firstFailureAt: iso(2_500),
      lastFailureAt: iso(3_000),
      lastFailureSentAt: iso(1_200),
    });
    expect(stats().failed).toBe(3);
  });

  it('used again starts again', () => {
    const { counters, fail, at, stats } = setUp();
    counters.mark('approval');
    fail(0);
    at(5_000);
    counters.mark('approval');
    expect(stats().marks.approval).toMatchObject({ at: iso(5_000), failed: 0, firstFailureAt: null });
  });
});

describe('the fault', () => {
  it('is where the newest outage began, and never the time before anything was acknowledged', () => {
    const { counters, fail, ack, at } = setUp();
    fail(0);
    expect(counters.faultAt()).toBeUndefined();
    at(20_000);
    ack();
    expect(counters.faultAt()).toBeUndefined();
    for (const afterMs of [30_000, 35_000, 44_000]) {
      at(afterMs);
      fail(afterMs);
      expect(counters.faultAt()).toBe(iso(30_000));
    }
    at(60_000);
    fail(60_000);
    expect(counters.faultAt()).toBe(iso(60_000));
  });
});
