/**
 * The Slack bot, put together from its parts; `main.ts` gives it a real Lifeboat and a real Slack, tests give it others.
 *
 * Map of this folder:
 *   main.ts, process.ts    the process
 *   config.ts              what it is told        manifest.json      what Slack is told of the app
 *   security/      the door (admit.ts): signature, clock, replay, origin; and who a Slack user is (membership.ts)
 *   receivers/     Socket Mode and HTTP, each with the door before Bolt
 *   interactions/  commands, presses, modals and their submissions; what an open modal carries (reviews.ts)
 *   projection/    runs as messages: seen (watcher.ts), wanted (items.ts, jobs.ts), there (board.ts), sent (sender.ts),
 *                  by the one of several bots that has the lease (lease.ts)
 *   blocks/        how messages look (pure); what they say of gates and progress comes from kernel/run/
 *   slack-api.ts   the Web API methods that we use   log.ts   the bot's own log
 *
 * The bot has no authority of its own: it signs for a person whom Slack identified, and each tier says whether that
 * suffices. Nothing waits for it (I10).
 */
import { createHmac } from 'node:crypto';
import { App } from '@slack/bolt';
import type { Lifeboat } from '../client/api.ts';
import type { Estate } from '../estate/schema.ts';
import { peopleNames } from './blocks/people.ts';
import type { Tokens } from './config.ts';
import type { Deps } from './interactions/context.ts';
import { listen } from './interactions/listeners.ts';
import { createRespond } from './interactions/respond.ts';
import { createReviews } from './interactions/reviews.ts';
import { boltLogger, type Log } from './log.ts';
import { createKeyring } from './projection/keyring.ts';
import type { PostingLease } from './projection/lease.ts';
import { createProjector } from './projection/projector.ts';
import { createHttpReceiver } from './receivers/http.ts';
import { createSocketReceiver } from './receivers/socket.ts';
import { createDoor } from './security/admit.ts';
import { identify } from './security/membership.ts';
import { createReceipts } from './security/replay.ts';
import { createSlackApi } from './slack-api.ts';

export interface BotOptions {
  readonly estate: Estate;
  /** The workspace and app that alone are listened to. */
  readonly allowed: { readonly team: string; readonly app: string };
  readonly lifeboat: Lifeboat;
  readonly tokens: Tokens;
  readonly lease: PostingLease;
  /** Makes the opaque ids of buttons and seals modals; the same for all replicas, never shown. */
  readonly buttonSecret: string;
  readonly log: Log;
  readonly mode?: 'socket' | 'http';
  readonly slackApiUrl?: string | undefined;
  readonly http?: { readonly address: string; readonly port: number } | undefined;
  /** Clock in ms. */
  readonly now?: () => number;
}

export interface Bot {
  start(): Promise<void>;
  /** Resolves when Slack can reach it: its socket is up, or it listens. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
  /** `http://address:port` where it has one. */
  url(): string | undefined;
  health(): BotHealth;
}

export interface BotHealth {
  /** False until Slack reached the bot once; a Slack or Temporal that goes away later does not make it unready. */
  readonly ready: boolean;
  readonly slack: 'connected' | 'not connected';
  readonly temporal: 'answers' | 'does not answer';
  /** Whether this one of several bots posts. */
  readonly posts: boolean;
  readonly [detail: string]: unknown;
}

/** A secret for `buttonSecret`, from the bot's private key. */
export function buttonSecretOf(botKey: string): string {
  return createHmac('sha256', botKey).update('lifeboat buttons').digest('hex');
}

export function createBot(options: BotOptions): Bot {
  const { estate, allowed, lifeboat, tokens, log, slackApiUrl, mode = 'socket', now = Date.now } = options;
  const logger = boltLogger(log);
  const door = createDoor({
    signingSecret: tokens.signingSecret,
    allowed,
    receipts: createReceipts(now),
    now,
    startedAtMs: now(),
  });
  const slack = createSlackApi({
    botToken: tokens.botToken,
    slackApiUrl,
    channel: estate.slack.channel,
    app: allowed.app,
    logger,
  });
  const people = peopleNames(estate);
  const keyring = createKeyring(options.buttonSecret, lifeboat);
  const projector = createProjector({ lifeboat, slack, people, keyring, lease: options.lease, now, log });
  const socket =
    mode === 'socket' ? createSocketReceiver({ appToken: tokens.appToken, slackApiUrl, door, log, logger }) : undefined;
  const http =
    options.http === undefined
      ? undefined
      : createHttpReceiver({ ...options.http, health, log }, mode === 'http' ? door : undefined);
  const receiver = socket ?? http;
  if (receiver === undefined) throw new TypeError('HTTP mode needs an address');

  const app = new App({
    receiver,
    // No call to Slack is made to know our own token: the bot must start while Slack is down.
    authorize: async () => ({ botToken: tokens.botToken }),
    logger,
    ignoreSelf: false,
    clientOptions: { ...(slackApiUrl !== undefined && { slackApiUrl }) },
  });
  const deps: Deps = {
    estate,
    lifeboat,
    slack,
    people,
    keyring,
    reviews: createReviews(options.buttonSecret, now),
    projector,
    identify: (user) => identify(user, { estate, team: allowed.team, userInfo: slack.userInfo }),
    now,
    log,
  };
  listen(app, deps, createRespond(slackApiUrl, log));

  let wasReady = false;
  let tellReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });

  function health(): BotHealth {
    const { temporal, posts } = projector.health();
    return {
      ready: wasReady,
      slack: (socket?.connected() ?? wasReady) ? 'connected' : 'not connected',
      temporal: temporal ? 'answers' : 'does not answer',
      posts,
      mode,
    };
  }

  return {
    ready,
    health,
    url: () => http?.url(),
    start: async () => {
      await http?.start();
      await socket?.start();
      projector.start();
      void (socket?.firstConnected ?? Promise.resolve()).then(() => {
        wasReady = true;
        tellReady();
      });
    },
    stop: async () => {
      await Promise.all([socket?.stop(), projector.stop(), http?.stop()]);
    },
  };
}
