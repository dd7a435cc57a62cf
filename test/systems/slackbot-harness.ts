/**
 * The bot against the stand-in for Slack, with runs in memory: what the bot's tests set up anew for every test, and the
 * few things that they all do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Estate } from '../../estate/schema.ts';
import {
  type SeenMessage,
  type SeenView,
  type SlackPerson,
  type SlackSteering,
  slackPerson,
  slackSteering,
  textOf,
} from '../../lab/standins/slack/client.ts';
import { SlackConfig } from '../../lab/standins/slack/config.ts';
import { startSlackStandIn } from '../../lab/standins/slack/stand-in.ts';
import { ACTIONS } from '../../slackbot/blocks/buttons.ts';
import { type Bot, createBot } from '../../slackbot/bot.ts';
import { requestIdOf } from '../../slackbot/interactions/request-id.ts';
import { silentLog } from '../../slackbot/log.ts';
import { soleLease } from '../../slackbot/projection/lease.ts';
import { TOKENS } from '../slackbot/bot-files.ts';
import { labEstate } from '../slackbot/fixture.ts';
import { type MemoryLifeboat, memoryLifeboat } from '../slackbot/memory-lifeboat.ts';
import { isKind } from '../slackbot/messages.ts';

export const WAIT_MS = 20_000;
export const COMMAND = 'run failover from=us-central1 to=europe-west1';
const ALLOWED = { team: 'T01LAB', app: 'A01LAB' };

type BotOptions = Partial<Parameters<typeof createBot>[0]>;

/** What Slack is to be; `scopes`: of the bot's token. */
export interface StageOptions {
  readonly scopes?: readonly string[];
}

export interface Stage {
  readonly steering: SlackSteering;
  readonly lifeboat: MemoryLifeboat;
  readonly ada: SlackPerson;
  readonly ben: SlackPerson;
  person(name: string): SlackPerson;
  stopBot(): Promise<void>;
  /** Resolves when it is ready; the one before must have been stopped. */
  startBot(more?: BotOptions): Promise<Bot>;
  /** Runs a command as Ada and waits for the card and the gate. */
  started(): Promise<{ run: string; card: SeenMessage; gate: SeenMessage }>;
  close(): Promise<void>;
}

function configOf(estate: Estate, folder: string, more: StageOptions): SlackConfig {
  return SlackConfig.parse({
    ...more,
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

/** A stand-in of its own, with a bot that is ready. */
async function openStage(options: StageOptions): Promise<Stage> {
  const estate = labEstate();
  const folder = await mkdtemp(join(tmpdir(), 'slackbot-'));
  const standIn = await startSlackStandIn(configOf(estate, folder, options), TOKENS);
  const person = (name: string) => slackPerson(standIn.url, name);
  const lifeboat = memoryLifeboat(estate);
  const [ada, ben] = [person('ada'), person('ben')];
  let bot: Bot | undefined;

  async function startBot(more: BotOptions = {}): Promise<Bot> {
    bot = createBot({
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
    await bot.start();
    await bot.ready;
    return bot;
  }

  async function stopBot(): Promise<void> {
    await bot?.stop();
    bot = undefined;
  }

  await startBot();
  return {
    steering: slackSteering(standIn.url),
    lifeboat,
    ada,
    ben,
    person,
    stopBot,
    startBot,
    started: async () => {
      const outcome = await ada.slash(COMMAND);
      if (!outcome.ok) throw new Error(outcome.error);
      const run = `failover/lab/${requestIdOf(outcome.trigger)}`;
      const gate = await ben.waitForMessage(isKind('gate'), WAIT_MS);
      const card = await ben.waitForMessage(isKind('card'), WAIT_MS);
      return { run, card, gate };
    },
    close: async () => {
      await stopBot();
      await standIn.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Opens a stage before every test of the file and closes it after; the answer gives that of the running test. */
export function stageForEachTest(options: StageOptions = {}): () => Stage {
  let stage: Stage | undefined;
  beforeEach(async () => {
    stage = await openStage(options);
  });
  afterEach(async () => stage?.close());
  return () => {
    if (stage === undefined) throw new Error('a stage is there within a test only');
    return stage;
  };
}

/** Presses Review… and waits for the filled modal. */
export async function review(person: SlackPerson, gate: SeenMessage): Promise<SeenView> {
  expect(await person.click(gate.ts, ACTIONS.review)).toMatchObject({ ok: true });
  return person.waitForView((view) => textOf(view).includes('What it touches'), WAIT_MS);
}
