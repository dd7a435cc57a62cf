/**
 * Everything that the stand-in holds while it runs, handed to each of its parts: nothing here is global, so several can
 * run in one process.
 */

import { randomBytes } from 'node:crypto';
import type { SlackConfig, Tokens } from './config.ts';
import type { JsonObject } from './json.ts';
import { createRateLimiter, type RateLimiter } from './rate-limits.ts';
import type { Store } from './store.ts';
import type { Notice, OpenView, Trigger, Upload } from './types.ts';

const MAX_NOTICES = 50;

export interface ResponseUrl {
  readonly channel: string;
  readonly user: string;
  /** The message whose button was pressed, for `replace_original`; absent after a slash command. */
  readonly messageTs?: string;
  readonly expiresAtMs: number;
  usesLeft: number;
}

export interface World {
  readonly config: SlackConfig;
  readonly tokens: Tokens;
  readonly store: Store;
  readonly limiter: RateLimiter;
  /** The stack of modals that each person has open, by user id; the last is on top. */
  readonly views: Map<string, OpenView[]>;
  readonly triggers: Map<string, Trigger>;
  readonly responseUrls: Map<string, ResponseUrl>;
  /** By the key in their address. */
  readonly uploads: Map<string, Upload>;
  /** Files that were not shared yet, by their link: the bot's first message with the link shares them. */
  readonly privateFiles: Map<string, JsonObject>;
  readonly notices: Notice[];
  /** Clock in ms; tests move it. */
  now(): number;
  /** How long the app may take to acknowledge. Slack's figure is 3 s. */
  readonly ackMs: number;
  /** `http://address:port`, known once it listens. */
  baseUrl: string;
  /** Until when everything answers 503, in ms of the clock; 0 when Slack is up. */
  downUntilMs: number;
  readonly changes: Changes;
}

/** A counter that rises with every change that a person could see, and a way to wait for it. */
export interface Changes {
  readonly version: () => number;
  bump(): void;
  /** Resolves with the version once it exceeds `after`, or with the present one when the time is up. */
  wait(after: number, timeoutMs: number): Promise<number>;
  subscribe(listener: (version: number) => void): () => void;
}

export function createChanges(): Changes {
  let version = 1;
  const listeners = new Set<(version: number) => void>();

  function subscribe(listener: (version: number) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    version: () => version,
    bump: () => {
      version += 1;
      for (const listener of [...listeners]) listener(version);
    },
    wait: (after, timeoutMs) => {
      if (version > after) return Promise.resolve(version);
      return new Promise((resolve) => {
        const stop = subscribe(finish);
        const timer = setTimeout(() => finish(version), timeoutMs);
        function finish(at: number): void {
          clearTimeout(timer);
          stop();
          resolve(at);
        }
      });
    },
    subscribe,
  };
}

export interface WorldOptions {
  readonly now?: () => number;
  readonly ackMs?: number;
}

export function createWorld(config: SlackConfig, tokens: Tokens, store: Store, options: WorldOptions): World {
  const now = options.now ?? Date.now;
  return {
    config,
    tokens,
    store,
    limiter: createRateLimiter(now),
    views: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    uploads: new Map(),
    privateFiles: new Map(),
    notices: [],
    now,
    ackMs: options.ackMs ?? 3000,
    baseUrl: '',
    downUntilMs: 0,
    changes: createChanges(),
  };
}

export function isDown(world: World): boolean {
  return world.now() < world.downUntilMs;
}

/** Shows a failure to one person, as Slack's own window would. */
export function notify(world: World, user: string, error: string, text: string): void {
  world.notices.push({ at: world.now(), user, error, text });
  if (world.notices.length > MAX_NOTICES) world.notices.shift();
  world.changes.bump();
}

/** An id in Slack's manner: a letter and ten capitals or digits. */
export function newId(letter: string): string {
  return letter + randomBytes(16).toString('base64url').toUpperCase().replace(/[-_]/g, '').slice(0, 10).padEnd(10, '0');
}
