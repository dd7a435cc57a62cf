// Failure modes pinned here: a message posted twice because the answer to the first was lost; a bot that posts on while
// Slack asked it to wait; a bot that posts after its turn has ended; a log that begins anew.
import { describe, expect, it } from '@jest/globals';
import type { RunView } from '../../../kernel/run/state.ts';
import { silentLog } from '../../../slackbot/log.ts';
import { createBoard } from '../../../slackbot/projection/board.ts';
import { loggedBy } from '../../../slackbot/projection/items.ts';
import { createKeyring } from '../../../slackbot/projection/keyring.ts';
import { createReach } from '../../../slackbot/projection/reach.ts';
import { createSender } from '../../../slackbot/projection/sender.ts';
import { failureOf, SlackFailure, taggedOf } from '../../../slackbot/slack-api.ts';
import { fakeSlack, type Kept } from '../../slackbot/fake-slack.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

function setUp(slack = fakeSlack()) {
  const clock = { nowMs: STARTED_AT };
  const turn = { mine: true };
  const now = () => clock.nowMs;
  const nothing = { list: async () => [], state: async () => Promise.reject(new Error('none')) };
  const keyring = createKeyring('secret', nothing);
  const board = createBoard(slack.api);
  const reach = createReach({ slack: slack.api, now, log: silentLog });
  const sender = createSender({
    slack: slack.api,
    board,
    keyring,
    mayPost: () => turn.mine,
    reach,
    now,
    log: silentLog,
  });
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
  return { ...slack, sender, settle, change, turn };
}

const names = (kept: readonly Kept[]) => kept.map(({ tag }) => `${tag.kind} ${tag.item}`).toSorted();
const ALL = ['card ', 'gate approve#1', 'log 0-1'];

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

  it('is nothing, not even after a read, once the turn of this bot has ended', async () => {
    const { calls, kept, turn, api, sender, settle } = setUp();
    sender.distrust(0);
    const { history } = api;
    api.history = async (...asked) => {
      turn.mine = false;
      return history(...asked);
    };
    await settle(5_000);
    expect(calls.posts).toBe(0);
    turn.mine = true;
    await settle(10_000);
    expect(names(kept)).toEqual(ALL);
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
        hold: { id: 'h', since: 0, until: STARTED_AT, samples: seq, measured: [seq], last: `sample ${seq}` },
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

describe('the report of a run that has ended', () => {
  const ended = {
    status: 'done',
    gate: null,
    endedAt: STARTED_AT + 9_000,
    report: 'reports/x.json',
    cursor: 4,
  } as const;
  const reports = (kept: readonly Kept[]) => kept.filter(({ tag }) => tag.kind === 'report');

  it('is a file in the thread, once, also where an answer was lost or another bot goes on', async () => {
    const first = setUp();
    await first.settle(10_000);
    first.change(ended);
    first.trouble.next = 'lost-answer';
    await first.settle(20_000);
    const second = setUp(first);
    second.sender.distrust(0);
    second.change(ended);
    await second.settle(20_000);
    const [report, more] = reports(first.kept);
    expect(more).toBeUndefined();
    const card = first.kept.find(({ tag }) => tag.kind === 'card');
    expect(report).toMatchObject({ threadTs: card?.ts });
    expect(report?.tag.item).toMatch(/^https:.*failover-lab-.*\.html$/);
    expect(card?.tag.final).toBe(true);
  });

  it('that Slack does not take as a file is told of in words, and holds nothing up', async () => {
    const { kept, api, settle, change } = setUp();
    api.upload = async () => Promise.reject(new SlackFailure('refused', 'missing_scope'));
    change(ended);
    await settle(20_000);
    expect(reports(kept)).toMatchObject([{ tag: { item: '', final: true } }]);
    expect(kept.find(({ tag }) => tag.kind === 'card')?.tag.final).toBe(true);
  });

  it('is sent again when nobody knows whether it was taken: a file that is linked nowhere is nobody’s to see', async () => {
    const { kept, api, settle, change } = setUp();
    const { upload } = api;
    let tried = 0;
    api.upload = async (file) => {
      tried += 1;
      if (tried === 1) throw new SlackFailure('uncertain', 'timeout');
      return upload(file);
    };
    change(ended);
    await settle(30_000);
    expect(reports(kept)).toHaveLength(1);
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
