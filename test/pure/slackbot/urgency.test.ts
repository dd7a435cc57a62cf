// Failure modes pinned here: a gate that waits for minutes behind the cards of runs that ended; a card that is lost, or
// posted twice, because others went first; a bot that reads every thread before it says anything.
import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../../../kernel/plan/plan.ts';
import type { RunView } from '../../../kernel/run/state.ts';
import { newKeyPair } from '../../../kernel/signing/keys.ts';
import { peopleNames } from '../../../slackbot/blocks/people.ts';
import type { Scene } from '../../../slackbot/blocks/scene.ts';
import { silentLog } from '../../../slackbot/log.ts';
import { createBoard } from '../../../slackbot/projection/board.ts';
import { createKeyring } from '../../../slackbot/projection/keyring.ts';
import { createReach } from '../../../slackbot/projection/reach.ts';
import { createSender } from '../../../slackbot/projection/sender.ts';
import { SlackFailure } from '../../../slackbot/slack-api.ts';
import { fakeSlack } from '../../slackbot/fake-slack.ts';
import { labEstate, STARTED_AT, samplePlan, sampleRun } from '../../slackbot/fixture.ts';

const FLOOD = 340;
const TICK_MS = 250;
const estate = labEstate();
const plan: Plan = samplePlan(estate, [newKeyPair().publicKey]);
const people = peopleNames(estate);

function sceneOf(name: string, changes: Partial<RunView>): Scene {
  const base = sampleRun(plan, changes);
  return { plan, people, run: { ...base, request: { ...base.request, run: `failover/lab/${name}` } } };
}

/** Runs that ended one second after another, the first at the start of the test. */
function endedRuns(count: number): Scene[] {
  return Array.from({ length: count }, (_, index) => {
    const at = STARTED_AT + index * 1_000;
    return sceneOf(`aborted-${index}`, { status: 'aborted', gate: null, startedAt: at, endedAt: at });
  });
}

const atGate = (name: string, openedAt = STARTED_AT) =>
  sceneOf(name, { gate: { id: 'approve', openedAt, expiresAt: openedAt + 3_600_000 } });

function setUp(slack = fakeSlack()) {
  const clock = { nowMs: STARTED_AT + 3_600_000 };
  const now = () => clock.nowMs;
  const nothing = { list: async () => [], state: async () => Promise.reject(new Error('none')) };
  const keyring = createKeyring('secret', nothing);
  const board = createBoard(slack.api);
  const reach = createReach({ slack: slack.api, now, log: silentLog });
  const sender = createSender({ slack: slack.api, board, keyring, mayPost: () => true, reach, now, log: silentLog });
  const settle = async (scenes: readonly Scene[], ms: number) => {
    for (const until = clock.nowMs + ms; clock.nowMs < until; clock.nowMs += TICK_MS) {
      // As the projector does: what is final is not looked at any more.
      const open = scenes.filter(({ run }) => !board.isFinal(run.request.run));
      if (open.length === 0) return;
      await sender.send(open);
    }
  };
  const posted = () => slack.kept.map(({ tag }) => `${tag.run.slice('failover/lab/'.length)} ${tag.kind}`);
  return { ...slack, sender, settle, posted };
}

describe('what was typed and not taken', () => {
  const typo = sceneOf('typo', { status: 'refused', gate: null, attempt: 0, endedAt: STARTED_AT });

  it('posts no card, so that nothing pushes an open question off the screen; nor does a run that is just being planned', async () => {
    const { settle, posted } = setUp();
    const planning = { ...sceneOf('planning', { status: 'planning', gate: null, attempt: 0 }), plan: null };
    await settle([typo, planning, sceneOf('asked', { status: 'running', gate: null })], 8_000);
    expect(posted()).toEqual([]);
  });

  it('is told where a policy started it, because nobody typed it', async () => {
    const { settle, posted } = setUp();
    const run = { ...typo.run, request: { ...typo.run.request, start: { policy: 'nightly' } } };
    await settle([{ ...typo, run }], 8_000);
    expect(posted()).toContain('typo card');
  });

  it('brings a card that is there to its end', async () => {
    const { settle, kept } = setUp();
    await settle([atGate('held')], 4_000);
    await settle([sceneOf('held', { status: 'refused', gate: null, endedAt: STARTED_AT })], 8_000);
    expect(kept.find(({ tag }) => tag.kind === 'card')?.tag.final).toBe(true);
  });
});

describe('a gate that opens in a flood of ended runs', () => {
  it('is the next thing posted, and its card the next after it', async () => {
    const { settle, posted } = setUp();
    const flood = endedRuns(FLOOD);
    await settle(flood, 5_000);
    const before = posted().length;
    await settle([...flood, atGate('wanted')], 2_000);
    expect(posted().slice(before)).toEqual(['wanted gate', 'wanted card']);
  });

  it('takes no card from anybody: each is posted once in the end, the newest of the ended first', async () => {
    const { settle, posted, kept } = setUp();
    const flood = endedRuns(FLOOD);
    const waits = atGate('wanted');
    await settle([...flood, waits], (FLOOD + 20) * 1_000);
    const everything = kept.map(({ tag }) => `${tag.run} ${tag.kind} ${tag.item}`);
    expect(new Set(everything).size).toBe(everything.length);
    const cards = posted().filter((one) => one.endsWith(' card'));
    expect(cards).toHaveLength(FLOOD + 1);
    expect(new Set(cards).size).toBe(cards.length);
    expect(cards.slice(0, 3)).toEqual(['wanted card', 'aborted-339 card', 'aborted-338 card']);
  });

  it('waits for no thread that is read when a bot takes over', async () => {
    const slack = fakeSlack();
    const flood = endedRuns(FLOOD);
    await setUp(slack).settle(flood, FLOOD * 1_000);
    let reads = 0;
    const { replies } = slack.api;
    slack.api.replies = async (...asked) => {
      reads += 1;
      return replies(...asked);
    };
    const second = setUp(slack);
    second.sender.distrust(0);
    const before = second.posted().length;
    await second.settle([...flood, atGate('wanted')], TICK_MS);
    expect(second.posted().slice(before)).toEqual(['wanted gate']);
    expect(reads).toBeLessThanOrEqual(1);
  });

  it('is posted while Slack limits how many threads are read', async () => {
    const slack = fakeSlack();
    const flood = endedRuns(20);
    await setUp(slack).settle(flood, 20_000);
    slack.api.replies = async () => {
      throw new SlackFailure('rate-limited', 'ratelimited', 60_000);
    };
    const second = setUp(slack);
    second.sender.distrust(0);
    await second.settle(flood, 2_000);
    const before = second.posted().length;
    await second.settle([...flood, atGate('wanted')], 2_000);
    expect(second.posted().slice(before)).toEqual(['wanted gate', 'wanted card']);
  });
});

describe('what people are waited for', () => {
  it('is asked first: a run that has stopped half-way, then gates by how long they wait, then the cards', async () => {
    const { settle, posted } = setUp();
    const error = { type: 'x', message: 'No such server.', where: 'items', mend: 'Look.', retryable: true };
    const question = {
      id: 'q1',
      entry: 'shift/100/items',
      say: 'What now?',
      error,
      choices: ['retry' as const],
      askedAt: STARTED_AT + 9_000,
    };
    const scenes = [
      sceneOf('ended', { status: 'done', gate: null, endedAt: STARTED_AT }),
      sceneOf('running', { status: 'running', gate: null, cursor: 1 }),
      atGate('late', STARTED_AT + 5_000),
      atGate('early', STARTED_AT + 1_000),
      sceneOf('stopped', { status: 'question', gate: null, question }),
    ];
    await settle(scenes, 8_000);
    expect(posted()).toEqual([
      'stopped question',
      'early gate',
      'late gate',
      'early card',
      'late card',
      'stopped card',
      'running card',
      expect.stringContaining(' log'),
    ]);
  });

  it('is closed in Slack before the cards of ended runs are brought up to date', async () => {
    const edited: string[] = [];
    const slack = fakeSlack();
    const { update } = slack.api;
    slack.api.update = async (ts, message, tag) => {
      edited.push(`${tag.run.slice('failover/lab/'.length)} ${tag.kind}`);
      return update(ts, message, tag);
    };
    const { settle } = setUp(slack);
    const others = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await settle([atGate('decided'), ...others.map((name) => atGate(name))], 60_000);
    edited.length = 0;
    const closed = { gate: null, endedAt: STARTED_AT + 10_000 };
    await settle(
      [
        ...others.map((name) => sceneOf(name, { status: 'expired', ...closed })),
        sceneOf('decided', { status: 'rejected', ...closed }),
      ],
      15_000,
    );
    const lastGate = edited.findLastIndex((one) => one.endsWith(' gate'));
    expect(edited.filter((one) => one.endsWith(' gate'))).toHaveLength(9);
    expect(edited.slice(0, lastGate).filter((one) => one.endsWith(' card'))).toEqual([]);
  });
});
