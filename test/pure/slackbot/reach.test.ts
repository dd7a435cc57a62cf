// Failure modes pinned here: a bot cut off from Slack that keeps the turn to post; one that gives it up for a hiccup; one
// that never asks again, so that after an outage nobody posts.
import { beforeEach, expect, it } from '@jest/globals';
import { silentLog } from '../../../slackbot/log.ts';
import { AWAY_AFTER_MS, createReach, type Reach } from '../../../slackbot/projection/reach.ts';
import { SlackFailure } from '../../../slackbot/slack-api.ts';

let nowMs: number;
let up: boolean;
let asked: number;
let reach: Reach;

beforeEach(() => {
  nowMs = 1_000_000;
  up = false;
  asked = 0;
  const test = async () => {
    asked += 1;
    if (!up) throw new SlackFailure('uncertain', 'timeout');
  };
  reach = createReach({ slack: { test }, now: () => nowMs, log: silentLog });
});

it('is away when nothing got through for some seconds, and not before', () => {
  reach.failed(nowMs);
  nowMs += AWAY_AFTER_MS - 1;
  reach.failed(nowMs);
  expect([reach.isAway(), reach.answers()]).toEqual([false, false]);
  reach.succeeded();
  reach.failed(nowMs);
  nowMs += AWAY_AFTER_MS;
  expect(reach.isAway()).toBe(false);
  reach.failed(nowMs);
  expect(reach.isAway()).toBe(true);
});

it('counts a call from when it began: one that hung says as much as many that were refused', () => {
  nowMs += AWAY_AFTER_MS;
  reach.failed(nowMs - AWAY_AFTER_MS);
  expect(reach.isAway()).toBe(true);
});

it('asks Slack by itself while it is away, ever less often, until it is answered', async () => {
  await reach.look();
  expect(asked).toBe(0);
  reach.failed(nowMs - AWAY_AFTER_MS);
  for (let at = 0; at < 60_000; at += 250) {
    nowMs += 250;
    await reach.look();
  }
  expect(asked).toBeGreaterThan(5);
  expect(asked).toBeLessThan(20);
  up = true;
  nowMs += 11_000;
  await reach.look();
  expect([reach.isAway(), reach.answers()]).toEqual([false, true]);
});
