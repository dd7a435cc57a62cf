// Failure modes pinned here: a message posted twice because the answer to the first was lost; a bot that posts on while
// Slack asked it to wait; two bots that post; a log that begins anew.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunView } from '../../kernel/run-state.ts';
import { silentLog } from '../../slackbot/log.ts';
import { createBoard } from '../../slackbot/projection/board.ts';
import { loggedBy } from '../../slackbot/projection/items.ts';
import { createKeyring } from '../../slackbot/projection/keyring.ts';
import { fileLease } from '../../slackbot/projection/lease.ts';
import { createSender } from '../../slackbot/projection/sender.ts';
import { failureOf, type SlackApi, SlackFailure, type Tag, taggedOf } from '../../slackbot/slack-api.ts';
import { STARTED_AT, sampleScene } from '../slackbot/fixture.ts';

interface Kept {
  readonly ts: string;
  tag: Tag;
  readonly threadTs: string | undefined;
  edits: number;
}

/** A Slack of one channel; `next` says what goes wrong with the next post, after or before it took effect. */
function fakeSlack() {
  const kept: Kept[] = [];
  const trouble: { next: 'lost-answer' | 'lost-call' | 'limited' | undefined; historyDown: boolean } = {
    next: undefined,
    historyDown: false,
  };
  const calls = { posts: 0 };
  const api: SlackApi = {
    post: async (_, tag, threadTs) => {
      calls.posts += 1;
      const { next } = trouble;
      trouble.next = undefined;
      if (next === 'limited') throw new SlackFailure('rate-limited', 'ratelimited', 30_000);
      if (next === 'lost-call') throw new SlackFailure('uncertain', 'timeout');
      const ts = `${1_000 + kept.length}.000000`;
      kept.push({ ts, tag, threadTs, edits: 0 });
      if (next === 'lost-answer') throw new SlackFailure('uncertain', 'timeout');
      return ts;
    },
    update: async (ts, _, tag) => {
      const found = kept.find((one) => one.ts === ts);
      if (found === undefined) throw new SlackFailure('refused', 'message_not_found');
      found.tag = tag;
      found.edits += 1;
    },
    permalink: async (ts) => `https://example.slack.com/${ts}`,
    history: async () => {
      if (trouble.historyDown) throw new SlackFailure('uncertain', 'down');
      return { messages: kept.filter(({ threadTs }) => threadTs === undefined), next: undefined };
    },
    replies: async (root) => {
      if (!kept.some(({ ts }) => ts === root)) throw new SlackFailure('refused', 'thread_not_found');
      return { messages: kept.filter(({ threadTs }) => threadTs === root), next: undefined };
    },
    openView: async () => 'V1',
    updateView: async () => undefined,
    userInfo: async () => undefined,
  };
  return { api, kept, trouble, calls };
}

function setUp(slack = fakeSlack()) {
  const clock = { nowMs: STARTED_AT };
  const now = () => clock.nowMs;
  const nothing = { list: async () => [], state: async () => Promise.reject(new Error('none')) };
  const keyring = createKeyring('secret', nothing);
  const board = createBoard(slack.api);
  const sender = createSender({ slack: slack.api, board, keyring, now, log: silentLog });
  const scene = sampleScene();
  let changes: Partial<RunView> = {};
  const settle = async (ms: number) => {
    for (const until = clock.nowMs + ms; clock.nowMs < until; clock.nowMs += 250) {
      await sender.send([{ ...scene, run: { ...scene.run, ...changes } }]);
    }
  };
  const change = (to: Partial<RunView>) => {
    changes = { ...changes, ...to };
  };
  return { ...slack, sender, settle, change };
}

const names = (kept: readonly Kept[]) => kept.map(({ tag }) => `${tag.kind} ${tag.item}`).toSorted();
const ALL = ['card ', 'gate 1.1#1', 'log 0-1'];

describe('what is posted', () => {
  it('is a card, its gate and its log, each once', async () => {
    const { kept, settle } = setUp();
    await settle(10_000);
    expect(names(kept)).toEqual(ALL);
  });

  it('is not posted again when only the answer was lost', async () => {
    const { kept, trouble, settle } = setUp();
    trouble.next = 'lost-answer';
    await settle(20_000);
    expect(names(kept)).toEqual(ALL);
  });

  it('is posted again when the call itself was lost, but not before the channel could be read', async () => {
    const { kept, trouble, calls, settle } = setUp();
    trouble.next = 'lost-call';
    trouble.historyDown = true;
    await settle(20_000);
    expect(calls.posts).toBe(1);
    trouble.historyDown = false;
    await settle(20_000);
    expect(names(kept)).toEqual(ALL);
  });

  it('is not posted twice into the thread when the answer to a line was lost', async () => {
    const { kept, trouble, settle, change } = setUp();
    await settle(10_000);
    const { timeline } = sampleScene().run;
    trouble.next = 'lost-answer';
    change({ timeline: [...timeline, { at: STARTED_AT, kind: 'note', id: 'n', say: 'more' }] });
    await settle(20_000);
    expect(names(kept)).toEqual([...ALL, 'log 2-2']);
  });

  it('is posted anew when somebody deleted the card', async () => {
    const { kept, settle, change } = setUp();
    await settle(10_000);
    kept.splice(
      kept.findIndex(({ tag }) => tag.kind === 'card'),
      1,
    );
    change({ status: 'running', gate: null, cursor: 1 });
    await settle(10_000);
    expect(kept.filter(({ tag }) => tag.kind === 'card')).toHaveLength(1);
  });

  it('waits as long as Slack asks', async () => {
    const { calls, trouble, settle } = setUp();
    trouble.next = 'limited';
    await settle(29_000);
    expect(calls.posts).toBe(1);
    await settle(10_000);
    expect(calls.posts).toBeGreaterThan(1);
  });

  it('is one a second at most', async () => {
    const { calls, settle } = setUp();
    await settle(1_000);
    expect(calls.posts).toBe(1);
  });

  it('is edited once for many changes within two seconds', async () => {
    const { kept, settle, change } = setUp();
    await settle(10_000);
    const before = kept.find(({ tag }) => tag.kind === 'card')?.edits ?? 0;
    for (let seq = 1; seq <= 8; seq += 1) {
      change({
        status: 'holding',
        gate: null,
        cursor: 1,
        hold: { id: 'h', since: 0, until: STARTED_AT, samples: seq, last: `sample ${seq}` },
      });
      await settle(250);
    }
    const edits = (kept.find(({ tag }) => tag.kind === 'card')?.edits ?? 0) - before;
    expect(edits).toBe(1);
  });

  it('is taken over by another bot without a second copy, and left alone once final', async () => {
    const first = setUp();
    await first.settle(10_000);
    first.change({ status: 'aborted', gate: null, endedAt: STARTED_AT + 9_000 });
    const second = setUp(first);
    second.sender.distrust(0);
    second.change({ status: 'aborted', gate: null, endedAt: STARTED_AT + 9_000 });
    await second.settle(20_000);
    expect(names(first.kept)).toEqual(ALL);
    expect(first.kept.find(({ tag }) => tag.kind === 'card')?.tag.final).toBe(true);
    const edits = first.kept.map((one) => one.edits);
    const third = setUp(first);
    third.sender.distrust(0);
    third.change({ status: 'aborted', gate: null, endedAt: STARTED_AT + 9_000 });
    await third.settle(20_000);
    expect(first.kept.map((one) => one.edits)).toEqual(edits);
  });
});

describe('a message', () => {
  const payload = { run: 'r', kind: 'card', item: '', final: false };
  const message = { ts: '1.0', app_id: 'A01LAB', metadata: { event_type: 'lifeboat_run', event_payload: payload } };

  it('is ours by app and metadata', () => {
    expect(taggedOf(message, 'A01LAB')).toEqual([{ ts: '1.0', tag: payload }]);
  });

  it.each([
    ['another app wrote it', { ...message, app_id: 'A99EVIL' }],
    ['a person wrote it', { ...message, app_id: undefined }],
    ['its metadata are of another kind', { ...message, metadata: { ...message.metadata, event_type: 'other' } }],
    ['its payload is not ours', { ...message, metadata: { ...message.metadata, event_payload: { run: 1 } } }],
  ])('is not ours when %s', (_, one) => {
    expect(taggedOf(one, 'A01LAB')).toEqual([]);
  });

  it('of the log says how far the log has come', () => {
    expect([loggedBy('0-4'), loggedBy('5-5'), loggedBy('x'), loggedBy('')]).toEqual([5, 6, 0, 0]);
  });
});

describe('a failure of Slack', () => {
  it('is told apart by what may have happened', () => {
    const of = (fields: object) => failureOf(Object.assign(new Error('x'), fields));
    expect(of({ code: 'slack_webapi_rate_limited_error', retryAfter: 7 })).toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 7_000,
    });
    expect(of({ code: 'slack_webapi_platform_error', data: { error: 'invalid_blocks' } })).toMatchObject({
      kind: 'refused',
      slackError: 'invalid_blocks',
    });
    expect(of({ code: 'slack_webapi_platform_error', data: { error: 'fatal_error' } })).toMatchObject({
      kind: 'uncertain',
    });
    expect(of({ code: 'slack_webapi_http_error', statusCode: 503 })).toMatchObject({ kind: 'uncertain' });
    expect(of({})).toMatchObject({ kind: 'uncertain' });
  });
});

describe('the posting lease', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posting-lease-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is held by one, and passes on when it is given back', async () => {
    const path = join(folder, 'lease');
    const [one, other] = [fileLease(path), fileLease(path)];
    expect([await one.hold(), await other.hold(), await one.hold()]).toEqual([true, false, true]);
    await other.release();
    expect(await one.hold()).toBe(true);
    await one.release();
    expect(existsSync(path)).toBe(false);
    expect(await other.hold()).toBe(true);
    expect(await readdir(folder)).toEqual(['lease']);
  });

  it.each([
    ['whose process is gone', JSON.stringify({ pid: 2 ** 22 + 1, startTicks: '1', host: '', nonce: 'dead' })],
    ['that was half written', '{"pid":'],
  ])('is taken from a holder %s', async (_, text) => {
    const path = join(folder, 'lease');
    const { hostname } = await import('node:os');
    await writeFile(path, text.replace('"host":""', `"host":"${hostname()}"`));
    expect(await fileLease(path).hold()).toBe(true);
    expect(await readdir(folder)).toEqual(['lease']);
  });

  it('is not taken from another machine, of which nothing is known', async () => {
    const path = join(folder, 'lease');
    await writeFile(path, JSON.stringify({ pid: 1, startTicks: '1', host: 'another-machine', nonce: 'there' }));
    expect(await fileLease(path).hold()).toBe(false);
  });

  it('is held by exactly one of many that take it at once', async () => {
    const path = join(folder, 'lease');
    const all = Array.from({ length: 20 }, () => fileLease(path));
    const held = await Promise.all(all.map((one) => one.hold()));
    expect(held.filter(Boolean)).toHaveLength(1);
  });
});
