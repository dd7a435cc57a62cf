// Failure modes pinned here: a bot that posts for longer than it was granted, because Temporal was slow or away; one that
// never takes over; one that keeps the others waiting after it ended.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PostingAnswer } from '../../../client/api.ts';
import { silentLog } from '../../../slackbot/log.ts';
import { GRANT_MS, type PostingLease, temporalLease } from '../../../slackbot/projection/lease.ts';

const USABLE_MS = (GRANT_MS * 2) / 3;
const GRANTED: PostingAnswer = { granted: true, grant: { bot: 'me', since: 7, until: 0 } };
const held = (leftMs: number): PostingAnswer => ({ granted: false, held: { bot: 'other', until: 0, leftMs } });

let lease: PostingLease;
let asked: number[];
let stops: string[];
/** What Temporal answers, and after how long; nothing: it does not answer. */
let answer: PostingAnswer | undefined;
let answersAfterMs: number;
const startedMs = () => performance.now();
let originMs: number;

beforeEach(() => {
  jest.useFakeTimers();
  originMs = startedMs();
  asked = [];
  stops = [];
  answer = GRANTED;
  answersAfterMs = 0;
  const post = async (): Promise<PostingAnswer> => {
    asked.push(performance.now() - originMs);
    const [said, afterMs] = [answer, answersAfterMs];
    if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (said === undefined) throw new Error('no answer');
    return said;
  };
  const stopPosting = async (bot: string) => void stops.push(bot);
  lease = temporalLease({ lifeboat: { post, stopPosting }, log: silentLog, bot: 'me' });
});

afterEach(async () => {
  await lease.release();
  jest.useRealTimers();
});

const passes = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a grant', () => {
  it('is renewed before it ends, in the same term', async () => {
    lease.keep();
    await passes(1);
    expect(lease.term()).toBe(7);
    for (let at = 0; at < 4 * GRANT_MS; at += 500) {
      await passes(500);
      expect(lease.term()).toBe(7);
    }
    expect(asked.length).toBe(1 + (4 * GRANT_MS) / (GRANT_MS / 3));
  });

  it('ends by itself a third early when Temporal does not answer, and comes back with it', async () => {
    lease.keep();
    await passes(1);
    answer = undefined;
    await passes(USABLE_MS - 2);
    expect(lease.term()).toBe(7);
    await passes(2);
    expect(lease.term()).toBeUndefined();
    answer = { granted: true, grant: { bot: 'me', since: 8, until: 0 } };
    await passes(1_001);
    expect(lease.term()).toBe(8);
  });

  it('is counted from before the bot asked', async () => {
    answersAfterMs = 4_000;
    lease.keep();
    await passes(4_001);
    expect(lease.term()).toBe(7);
    answer = undefined;
    answersAfterMs = 60_000;
    await passes(USABLE_MS - 4_002);
    expect(lease.term()).toBe(7);
    await passes(1);
    expect(lease.term()).toBeUndefined();
    answersAfterMs = 0;
    await passes(60_000);
  });

  it('is worth nothing when it comes after its time', async () => {
    answersAfterMs = USABLE_MS;
    lease.keep();
    await passes(USABLE_MS);
    expect(lease.term()).toBeUndefined();
    await passes(1);
    expect(asked).toHaveLength(2);
    answersAfterMs = 0;
    await passes(USABLE_MS);
  });
});

describe('a bot that waits', () => {
  it('does not post, and asks again when the time of the other has run out', async () => {
    answer = held(3_000);
    lease.keep();
    await passes(1);
    expect(lease.term()).toBeUndefined();
    answer = GRANTED;
    await passes(3_060);
    expect(lease.term()).toBe(7);
    expect(asked).toHaveLength(2);
  });

  it('stops at once when it hears that another posts', async () => {
    lease.keep();
    await passes(1);
    answer = held(GRANT_MS);
    await passes(GRANT_MS / 3);
    expect(lease.term()).toBeUndefined();
  });
});

describe('a bot that is not fit to post', () => {
  let fit: boolean;
  beforeEach(() => {
    fit = true;
  });

  it('gives the lease up within a moment, and does not renew it', async () => {
    lease.keep(() => fit);
    await passes(1);
    fit = false;
    expect(lease.term()).toBeUndefined();
    await passes(300);
    expect(stops).toEqual(['me']);
    await passes(3 * GRANT_MS);
    expect(asked).toHaveLength(1);
  });

  it('asks for it again once it is fit', async () => {
    fit = false;
    lease.keep(() => fit);
    await passes(GRANT_MS);
    expect(asked).toEqual([]);
    fit = true;
    await passes(501);
    expect(lease.term()).toBe(7);
  });
});

describe('a bot that ends', () => {
  it('gives back what it holds, and asks no more', async () => {
    lease.keep();
    await passes(1);
    await lease.release();
    expect(stops).toEqual(['me']);
    expect(lease.term()).toBeUndefined();
    await passes(GRANT_MS);
    expect(asked).toHaveLength(1);
  });

  it('waits for nobody when it holds nothing', async () => {
    answer = undefined;
    answersAfterMs = 4_000;
    lease.keep();
    await passes(1);
    await lease.release();
    expect(stops).toEqual([]);
    await passes(GRANT_MS);
    expect(asked).toHaveLength(1);
  });
});
