/**
 * Owns the messages, in memory and on disk: one JSON file, written whole.
 *
 * Must never happen: a message that was acknowledged to the bot and is gone after kill -9; so whoever changes the store
 * waits for `saved()` before he answers. Changes that come while a write is under way share the next one.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writeWhole } from '../../../host/whole-files.ts';
import type { Message } from './types.ts';

/** More than any demo posts; beyond it the oldest are dropped, so that the file stays small. */
const MAX_MESSAGES = 2000;

export interface Store {
  readonly messages: readonly Message[];
  /** A ts that no message has: seconds and microseconds, always rising. */
  nextTs(): string;
  add(message: Message): void;
  find(channel: string, ts: string): Message | undefined;
  remove(message: Message): void;
  /** Resolves when everything changed so far is on disk. */
  saved(): Promise<void>;
}

async function load(path: string): Promise<Message[]> {
  const text = await readIfThere(path);
  if (text === undefined) return [];
  const kept = JSON.parse(text) as { messages: Message[] };
  return kept.messages;
}

/** Opens the store in `folder`, which is made when it is absent. `now` is a clock in ms. */
export async function openStore(folder: string, now: () => number): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'messages.json');
  const messages = await load(path);
  let lastMicros = Math.max(0, ...messages.map(({ ts }) => Math.round(Number(ts) * 1e6)));
  let writing: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  function write(): Promise<void> {
    queued = undefined;
    writing = writeWhole(path, JSON.stringify({ messages }), { mode: 0o600 });
    return writing;
  }

  return {
    messages,
    nextTs: () => {
      lastMicros = Math.max(lastMicros + 1, Math.floor(now() * 1000));
      return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
    add: (message) => {
      messages.push(message);
      if (messages.length > MAX_MESSAGES) messages.shift();
    },
    find: (channel, ts) => messages.find((each) => each.ts === ts && each.channel === channel),
    remove: (message) => {
      const index = messages.indexOf(message);
      if (index >= 0) messages.splice(index, 1);
    },
    saved: () => {
      // A write under way may have been serialized before the caller's change; only one that starts later counts.
      queued ??= writing.catch(() => undefined).then(write);
      return queued;
    },
  };
}
