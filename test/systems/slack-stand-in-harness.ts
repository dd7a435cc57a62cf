/**
 * The stand-in for Slack with Slack's own libraries in front of it: what its tests set up anew for every test, and the
 * few things that they all do.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bolt from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { type SlackPerson, type SlackSteering, slackPerson, slackSteering } from '../../lab/standins/slack/client.ts';
import { SlackConfig } from '../../lab/standins/slack/config.ts';
import { startSlackStandIn } from '../../lab/standins/slack/stand-in.ts';
import { TOKENS } from '../slackbot/bot-files.ts';

const ACK_MS = 400;
export const CHANNEL = 'C01OPS';

/** Bolt and the client report every refusal; here refusals are what is tested. */
export const quiet: bolt.Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => bolt.LogLevel.ERROR,
  setName: () => undefined,
};

export interface Stage {
  readonly folder: string;
  readonly url: string;
  readonly steering: SlackSteering;
  readonly ada: SlackPerson;
  readonly ben: SlackPerson;
  /** With the bot's token. */
  readonly web: WebClient;
  /** Sets the stand-in's clock on. */
  skip(ms: number): void;
  configOf(more?: object): SlackConfig;
  clientWith(token: string): WebClient;
  postCard(): ReturnType<WebClient['chat']['postMessage']>;
  /** A Bolt app in Socket Mode, connected; `prepare` registers its listeners. */
  connectedApp(prepare: (app: bolt.App) => void): Promise<void>;
  /** Done before the stand-in is stopped. */
  afterwards(cleanUp: () => unknown): void;
  close(): Promise<void>;
}

/** @param more of the stand-in's configuration @param ackMs how long an app may take; Slack's own figure is 3 s */
export async function openStage(more: object = {}, ackMs = ACK_MS): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'slack-stand-in-'));
  const cleanUps: (() => unknown)[] = [];
  let skewMs = 0;
  const configOf = (others: object = {}): SlackConfig =>
    SlackConfig.parse({
      address: '127.0.0.1',
      port: 0,
      folder: join(folder, 'slack'),
      team: 'T01LAB',
      app: 'A01LAB',
      people: { ada: { slack: 'U01ADA', name: 'Ada' }, ben: { slack: 'U01BEN', name: 'Ben' } },
      channel: CHANNEL,
      tokensFile: join(folder, 'tokens.json'),
      ...others,
    });
  const standIn = await startSlackStandIn(configOf(more), TOKENS, { now: () => Date.now() + skewMs, ackMs });
  const { url } = standIn;
  const steering = slackSteering(url);
  const clientWith = (token: string): WebClient =>
    new WebClient(token, {
      slackApiUrl: `${url}/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: quiet,
    });
  const web = clientWith(TOKENS.botToken);
  return {
    folder,
    url,
    steering,
    ada: slackPerson(url, 'ada'),
    ben: slackPerson(url, 'ben'),
    web,
    skip: (ms) => {
      skewMs += ms;
    },
    configOf,
    clientWith,
    postCard: () => web.chat.postMessage({ channel: CHANNEL, text: 'Failover waits for approval', blocks: card }),
    connectedApp: async (prepare) => {
      const app = new bolt.App({
        token: TOKENS.botToken,
        appToken: TOKENS.appToken,
        socketMode: true,
        clientOptions: { slackApiUrl: `${url}/api/` },
        logger: quiet,
      });
      prepare(app);
      await app.start();
      cleanUps.push(async () => {
        await app.stop();
        // Bolt's stop does not wait for the closing handshake, and would keep a timer for a peer that vanished.
        await steering.waitForState(({ sockets }) => sockets === 0);
      });
      await steering.waitForState(({ sockets }) => sockets === 1);
    },
    afterwards: (cleanUp) => void cleanUps.push(cleanUp),
    close: async () => {
      for (const cleanUp of cleanUps) await cleanUp();
      await standIn.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export const loading = {
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'Review' },
  blocks: [{ type: 'section', text: { type: 'plain_text', text: 'Loading…' } }],
};
export const filled = {
  ...loading,
  callback_id: 'review',
  submit: { type: 'plain_text' as const, text: 'Approve' },
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Reason' },
      element: { type: 'plain_text_input', action_id: 'reason', min_length: 3 },
    },
  ],
};
export const card = [
  { type: 'header', text: { type: 'plain_text', text: 'Failover' } },
  {
    type: 'actions',
    block_id: 'gate',
    elements: [{ type: 'button', action_id: 'review', value: 'gate-7', text: { type: 'plain_text', text: 'Review…' } }],
  },
];

/** The refusal of a call: its error, and the lines for people. */
export async function refusalOf(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  const refused: unknown = await call.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  const { data } = refused as { data?: { error: string; response_metadata?: { messages?: string[] } } };
  if (data === undefined) throw refused;
  return { error: data.error, messages: data.response_metadata?.messages ?? [] };
}
