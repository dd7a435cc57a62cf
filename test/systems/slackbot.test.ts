/**
 * Pins: the bot against the stand-in for Slack, with runs in memory. A person's press ends as a decision of that person
 * over exactly what was shown; a restart, a Slack that was down and a rate limit lose nothing and post nothing twice;
 * what is replayed, forged or foreign is not acted on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { evidenceHash } from '../../kernel/evidence.ts';
import {
  type SeenMessage,
  type SlackPerson,
  type SlackSteering,
  slackPerson,
  slackSteering,
  textOf,
} from '../../lab/slack/client.ts';
import { SlackConfig } from '../../lab/slack/config.ts';
import { type SlackStandIn, startSlackStandIn } from '../../lab/slack/stand-in.ts';
import { ACTIONS } from '../../slackbot/blocks/buttons.ts';
import { type Bot, createBot } from '../../slackbot/bot.ts';
import { requestIdOf } from '../../slackbot/interactions/commands.ts';
import { silentLog } from '../../slackbot/log.ts';
import { soleLease } from '../../slackbot/projection/lease.ts';
import { labEstate } from '../slackbot/fixture.ts';
import { type MemoryLifeboat, memoryLifeboat } from '../slackbot/memory-lifeboat.ts';

const TOKENS = { botToken: 'xoxb-lab', appToken: 'xapp-lab', signingSecret: 'secret-of-the-lab' };
const ALLOWED = { team: 'T01LAB', app: 'A01LAB' };
const WAIT_MS = 20_000;
const COMMAND = 'run failover from=us-central1 to=europe-west1';

let folder: string;
let standIn: SlackStandIn;
let steering: SlackSteering;
let lifeboat: MemoryLifeboat;
let bot: Bot;
let ada: SlackPerson;
let ben: SlackPerson;

const estate = labEstate();

async function startBot(more: Partial<Parameters<typeof createBot>[0]> = {}): Promise<Bot> {
  const made = createBot({
    estate,
    allowed: ALLOWED,
    lifeboat,
    tokens: TOKENS,
    lease: soleLease(),
    buttonSecret: 'buttons of the tests',
    log: silentLog,
    slackApiUrl: `${standIn.url}/api/`,
    ...more,
  });
  await made.start();
  await made.ready;
  return made;
}

function configOf(): SlackConfig {
  return SlackConfig.parse({
    address: '127.0.0.1',
    port: 0,
    folder: join(folder, 'slack'),
    ...ALLOWED,
    people: {
      ada: { slack: 'U01ADA', name: 'Ada' },
      ben: { slack: 'U01BEN', name: 'Ben' },
      cho: { slack: 'U01CHO', name: 'Cho', guest: true },
      eve: { slack: 'U99EVE', name: 'Eve' },
    },
    channel: estate.slack.channel,
    tokensFile: join(folder, 'tokens.json'),
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slackbot-'));
  standIn = await startSlackStandIn(configOf(), TOKENS);
  steering = slackSteering(standIn.url);
  ada = slackPerson(standIn.url, 'ada');
  ben = slackPerson(standIn.url, 'ben');
  lifeboat = memoryLifeboat(estate);
  bot = await startBot();
});

afterEach(async () => {
  await bot.stop();
  await standIn.stop();
  await rm(folder, { recursive: true });
});

function tagOf(message: SeenMessage): { kind?: unknown; item?: unknown; run?: unknown; final?: unknown } {
  const payload: unknown = message.metadata?.['event_payload'];
  return typeof payload === 'object' && payload !== null ? payload : {};
}

const isKind = (kind: string) => (message: SeenMessage) => tagOf(message).kind === kind;

/** Runs a command as Ada and waits for the card and the gate. */
async function started(): Promise<{ run: string; card: SeenMessage; gate: SeenMessage }> {
  const outcome = await ada.slash(COMMAND);
  if (!outcome.ok) throw new Error(outcome.error);
  const run = `failover/lab/${requestIdOf(outcome.trigger)}`;
  const gate = await ben.waitForMessage(isKind('gate'), WAIT_MS);
  const card = await ben.waitForMessage(isKind('card'), WAIT_MS);
  return { run, card, gate };
}

async function review(person: SlackPerson, gate: SeenMessage) {
  expect(await person.click(gate.ts, ACTIONS.review)).toMatchObject({ ok: true });
  return person.waitForView((view) => textOf(view).includes('Blast radius'), WAIT_MS);
}

/** How many messages there are about each thing: all must be 1. */
async function copies(): Promise<number[]> {
  const counts = new Map<string, number>();
  for (const message of (await steering.state()).messages) {
    const { run, kind, item } = tagOf(message);
    const key = `${run} ${kind} ${item}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...new Set(counts.values())];
}

describe('a run from the slash command', () => {
  it('ends as a decision of the person who pressed, over what was shown', async () => {
    const { run, card, gate } = await started();
    expect(card.text).toContain('LIVE failover');
    expect(gate.text).toContain('<@U01BEN>');
    await ada.waitForMessage(({ ephemeral, blocks }) => ephemeral && textOf(blocks).includes(run), WAIT_MS);

    const view = await review(ben, gate);
    expect(textOf(view)).toContain('Set the shares of items');
    expect(JSON.stringify(view['private_metadata'])).not.toContain('failover');
    expect(await ben.submit(view.id, { verdict: 'approve', reason: 'the region is dark' })).toMatchObject({ ok: true });

    const state = await lifeboat.state(run);
    expect(lifeboat.recorded(run)).toMatchObject([
      {
        kind: 'approve',
        by: 'ben',
        target: '1.1',
        attempt: 1,
        planHash: state.planHash,
        evidenceHash: evidenceHash(state.evidence),
        reason: 'the region is dark',
      },
    ]);
    const decided = await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Approved'), WAIT_MS);
    expect(textOf(decided.blocks)).toContain('Ben approved');
    await ben.waitForMessage((one) => one.ts === card.ts && one.text.includes('Running'), WAIT_MS);
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('The shift began'),
      WAIT_MS,
    );
    expect(await copies()).toEqual([1]);
  }, 60_000);

  it('shows the refusal to the requester who would approve, and records nothing', async () => {
    const { run, gate } = await started();
    const view = await review(ada, gate);
    expect(textOf(view)).toContain('another person must approve');
    expect(await ada.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: false });
    expect(lifeboat.recorded(run)).toEqual([]);
  }, 60_000);

  it('rejects only with a reason', async () => {
    const { run, gate } = await started();
    const view = await review(ben, gate);
    expect(await ben.submit(view.id, { verdict: 'reject' })).toMatchObject({
      ok: false,
      errors: { reason: 'Rejecting needs a reason.' },
    });
    expect(await ben.submit(view.id, { verdict: 'reject', reason: 'wrong region' })).toMatchObject({ ok: true });
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'reject', by: 'ben', reason: 'wrong region' }]);
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Rejected'), WAIT_MS);
  }, 60_000);

  it('is refused when the plan changed after it was shown', async () => {
    const { run, gate } = await started();
    const view = await review(ben, gate);
    lifeboat.change(run, () => ({ attempt: 2 }));
    await ben.submit(view.id, { verdict: 'approve' });
    await ben.waitForView((one) => textOf(one).includes('review it again'), WAIT_MS);
    expect(lifeboat.recorded(run)).toEqual([]);
    await ben.waitForMessage((one) => isKind('gate')(one) && one.ts !== gate.ts, WAIT_MS);
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Superseded'), WAIT_MS);
  }, 60_000);

  it('pauses, asks before it aborts, and tells how it ended', async () => {
    const { run, card } = await started();
    await ada.click(card.ts, ACTIONS.pause);
    await ada.waitForMessage((one) => one.ts === card.ts && textOf(one.blocks).includes('Resume'), WAIT_MS);
    await ada.click(card.ts, ACTIONS.abort);
    const view = await ada.waitForView((one) => textOf(one).includes('Nothing has been changed'), WAIT_MS);
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'pause', by: 'ada' }]);
    expect(await ada.submit(view.id, { reason: 'enough' })).toMatchObject({ ok: true });
    await ada.waitForMessage(
      (one) => one.ts === card.ts && one.text.includes('Aborted') && tagOf(one).final === true,
      WAIT_MS,
    );
    expect(lifeboat.recorded(run).at(-1)).toMatchObject({ kind: 'abort', by: 'ada', reason: 'enough' });
  }, 60_000);

  it('asks the operators, and skips a step only with a reason', async () => {
    const { run } = await started();
    const error = { type: 'x', message: 'No such server.', where: 'items', mend: 'Look.', retryable: true };
    lifeboat.change(run, () => ({
      status: 'question',
      gate: null,
      cursor: 1,
      question: {
        id: 'q1',
        entry: '2.1',
        say: 'What now?',
        error,
        choices: ['retry', 'skip', 'abort'],
        askedAt: Date.now(),
      },
    }));
    const question = await ada.waitForMessage(isKind('question'), WAIT_MS);
    expect(question.text).toContain('<@U01ADA>');
    await ada.click(question.ts, ACTIONS.skip);
    const view = await ada.waitForView((one) => textOf(one).includes('The step is left out'), WAIT_MS);
    expect(await ada.submit(view.id, {})).toMatchObject({ ok: false });
    expect(await ada.submit(view.id, { reason: 'done by hand' })).toMatchObject({ ok: true });
    expect(lifeboat.recorded(run)).toMatchObject([
      { kind: 'resolve', choice: 'skip', target: 'q1', by: 'ada', reason: 'done by hand' },
    ]);
    await ada.waitForMessage((one) => one.ts === question.ts && one.text.includes('is answered'), WAIT_MS);
  }, 60_000);
});

describe('a command', () => {
  it('that is malformed gets the nearest valid one, and starts nothing', async () => {
    await ada.slash('rnu failover from=us-central1');
    await ada.waitForMessage(
      (one) => one.ephemeral && one.text.includes('/lifeboat run failover from=us-central1'),
      WAIT_MS,
    );
    expect(lifeboat.starts()).toBe(0);
  });

  it('that needs a personal key names the line for the terminal', async () => {
    const { run } = await started();
    await ada.slash(`break-glass ${run} approvals-by-others nobody is awake`);
    await ada.waitForView((one) => textOf(one).includes(`lifeboat break-glass ${run} approvals-by-others`), WAIT_MS);
    expect(lifeboat.recorded(run)).toEqual([]);
  }, 60_000);

  it('is acknowledged at once and told that Temporal is away', async () => {
    lifeboat.down = true;
    expect(await ada.slash('list')).toMatchObject({ ok: true });
    await ada.waitForMessage((one) => one.ephemeral && one.text.includes('Temporal does not answer'), WAIT_MS);
    lifeboat.down = false;
    await started();
  }, 60_000);
});

describe('what is not admitted', () => {
  it('is a replay, a foreign team, a guest and a stranger', async () => {
    const outcome = await ada.slash(COMMAND);
    if (!outcome.ok) throw new Error(outcome.error);
    await ben.waitForMessage(isKind('gate'), WAIT_MS);
    await steering.replay(outcome.envelope);
    const sent = (await steering.envelopes()).find(({ id }) => id === outcome.envelope);
    const payload = { ...sent?.payload, trigger_id: '9.9.new' };
    await steering.inject({ type: 'slash_commands', payload: { ...payload, team_id: 'T99EVIL' } });
    await slackPerson(standIn.url, 'cho').slash(COMMAND);
    await slackPerson(standIn.url, 'cho').waitForMessage((one) => one.ephemeral && one.text.includes('guest'), WAIT_MS);
    await slackPerson(standIn.url, 'eve').slash(COMMAND);
    await slackPerson(standIn.url, 'eve').waitForMessage(
      (one) => one.ephemeral && one.text.includes('names nobody'),
      WAIT_MS,
    );
    expect(lifeboat.starts()).toBe(1);
  }, 60_000);

  it('is somebody else’s review, submitted by a person who might decide by their own', async () => {
    const { run, gate } = await started();
    const view = await review(ada, gate);
    const entered = {
      verdict: { verdict: { type: 'radio_buttons', selected_option: { value: 'reject' } } },
      reason: { reason: { type: 'plain_text_input', value: 'not mine' } },
    };
    const submission = (user: string) => ({
      type: 'view_submission',
      team: { id: 'T01LAB' },
      user: { id: user, team_id: 'T01LAB' },
      api_app_id: 'A01LAB',
      trigger_id: `9.9.${user}`,
      view: { ...view, state: { values: entered } },
    });
    await steering.inject({ type: 'interactive', payload: submission('U01BEN') });
    expect(lifeboat.recorded(run)).toEqual([]);
    // The same submission by the person for whom it was filled counts: it was the person that was wrong.
    await steering.inject({ type: 'interactive', payload: submission('U01ADA') });
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'reject', by: 'ada' }]);
  }, 60_000);
});

describe('a bot that was away', () => {
  it('posts nothing twice after a restart, and its old buttons still work', async () => {
    const { run, card, gate } = await started();
    await ben.waitForMessage((one) => one.thread_ts === card.ts, WAIT_MS);
    await bot.stop();
    lifeboat.change(run, (view) => ({
      timeline: [...view.timeline, { at: Date.now(), kind: 'note', id: 'n', say: 'said while the bot was away' }],
    }));
    bot = await startBot();
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('said while the bot was away'),
      WAIT_MS,
    );
    const view = await review(ben, gate);
    expect(await ben.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: true });
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Approved'), WAIT_MS);
    expect(await copies()).toEqual([1]);
  }, 90_000);

  it('catches up when Slack was down, and outlives it', async () => {
    await steering.down('on');
    const view = await lifeboat.start({
      runbook: 'failover',
      input: { from: 'us-central1' },
      mode: 'live',
      by: 'ada',
      requestId: 'from-cli',
    });
    await lifeboat.approve({ run: view.request.run, by: 'ben' });
    await steering.down('off');
    const card = await ben.waitForMessage((one) => isKind('card')(one) && one.text.includes('Running'), 40_000);
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('approve was recorded'),
      40_000,
    );
    await steering.waitForState(({ sockets }) => sockets === 1, 40_000);
    expect(await copies()).toEqual([1]);
    await ada.slash('list');
    await ada.waitForMessage((one) => one.ephemeral && one.text.includes('1 runs'), WAIT_MS);
  }, 120_000);

  it('stays within the rate limits, and every card is there in the end', async () => {
    const runs = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
    for (const one of runs)
      await lifeboat.start({
        runbook: 'failover',
        input: { from: one },
        mode: 'live',
        by: 'ada',
        requestId: `run-${one}`,
      });
    await steering.waitForState(({ messages }) => messages.filter(isKind('card')).length === runs.length, 60_000);
    await steering.waitForState(({ messages }) => messages.filter(isKind('gate')).length === runs.length, 60_000);
    expect(await copies()).toEqual([1]);
  }, 150_000);
});

describe('over HTTP', () => {
  it('takes what Slack signed, refuses its replay, and tells its health', async () => {
    await bot.stop();
    bot = await startBot({ mode: 'http', http: { address: '127.0.0.1', port: 0 }, now: Date.now });
    const url = bot.url() ?? '';
    await steering.deliverBy({ mode: 'http', url: `${url}/slack/events` });
    const outcome = await ada.slash(COMMAND);
    if (!outcome.ok) throw new Error(outcome.error);
    await ben.waitForMessage(isKind('gate'), WAIT_MS);
    expect(await steering.replay(outcome.envelope)).toMatchObject({ ok: false, ack: { kind: 'refused', status: 401 } });
    expect(lifeboat.starts()).toBe(1);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ ready: true, temporal: 'answers', posts: true, mode: 'http' });
    const large = await fetch(`${url}/slack/events`, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) }).catch(
      () => ({ status: 413 }),
    );
    expect(large.status).toBe(413);
  }, 60_000);
});
