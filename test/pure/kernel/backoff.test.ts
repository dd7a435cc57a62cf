/** Failure modes pinned: a wait that grows beyond its limit after a night of failures; many who come back at one moment. */
import { describe, expect, it } from '@jest/globals';
import { backoffMs } from '../../../kernel/backoff.ts';

describe('the wait before another try', () => {
  it('doubles from the first to the most, however long it goes on', () => {
    const retry = { firstMs: 500, mostMs: 10_000 };
    expect([1, 2, 3, 4, 5, 6, 5_000].map((failures) => backoffMs(failures, retry))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
    expect(backoffMs(0, retry)).toBe(500);
  });

  it('grows by another factor where one is given', () => {
    const poll = { firstMs: 50, mostMs: 250, factor: 1.5 };
    expect([1, 2, 3, 9].map((polls) => backoffMs(polls, poll))).toEqual([50, 75, 112.5, 250]);
  });

  it('is up to a quarter shorter by chance, and never longer', () => {
    const retry = { firstMs: 400, mostMs: 1_000 };
    expect([0, 0.5, 1].map((chance) => backoffMs(1, retry, () => chance))).toEqual([400, 350, 300]);
  });
});
