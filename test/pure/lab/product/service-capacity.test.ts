/**
 * Pins: the service's capacity is real, so that a failover which forgets to make room shows.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BURST_SECONDS, createCapacity, createRateMeter } from '../../../../lab/product/service/capacity.ts';

/** A clock that the test moves. */
function clock() {
  let ms = 0;
  return { nowMs: () => ms, pass: (by: number) => (ms += by) };
}

function takeAll(capacity: { take(): boolean }): number {
  let taken = 0;
  while (capacity.take()) taken += 1;
  return taken;
}

describe('capacity', () => {
  it('takes a second worth at once, then its rate', () => {
    const { nowMs, pass } = clock();
    const capacity = createCapacity(4, 50, nowMs);
    expect(takeAll(capacity)).toBe(200 * BURST_SECONDS);
    pass(100);
    expect(takeAll(capacity)).toBe(20);
  });

  it('does not save up more than its burst', () => {
    const { nowMs, pass } = clock();
    const capacity = createCapacity(1, 50, nowMs);
    takeAll(capacity);
    pass(60_000);
    expect(takeAll(capacity)).toBe(50);
  });

  it('grows from the moment of resizing, not before', () => {
    const { nowMs, pass } = clock();
    const capacity = createCapacity(1, 50, nowMs);
    takeAll(capacity);
    pass(500);
    capacity.resize(4);
    expect(takeAll(capacity)).toBe(25);
    pass(500);
    expect(takeAll(capacity)).toBe(100);
    expect(capacity.workers()).toBe(4);
  });

  it('shrinks at once', () => {
    const capacity = createCapacity(10, 50, clock().nowMs);
    capacity.resize(1);
    expect(takeAll(capacity)).toBe(50);
  });

  it('never takes more than rate * (time + burst), whatever the pattern', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ pass: fc.nat(400), tries: fc.nat(60) }), { maxLength: 60 }), (moves) => {
        const { nowMs, pass } = clock();
        const capacity = createCapacity(2, 30, nowMs);
        let taken = 0;
        for (const move of moves) {
          pass(move.pass);
          for (let tried = 0; tried < move.tries; tried += 1) if (capacity.take()) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(60 * (nowMs() / 1000 + BURST_SECONDS) + 1e-6);
      }),
    );
  });
});

describe('the rate meter', () => {
  it('is the mean of the last complete seconds', () => {
    const { nowMs, pass } = clock();
    const meter = createRateMeter(nowMs);
    for (let second = 0; second < 4; second += 1) {
      for (let count = 0; count < 30; count += 1) meter.count();
      pass(1000);
    }
    expect(meter.perSecond()).toBe(30);
    pass(10_000);
    expect(meter.perSecond()).toBe(0);
  });
});
