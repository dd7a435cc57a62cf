/**
 * What stands in Slack, as far as we know: the ts of each message by what it is about. Read from Slack's own history at
 * the start and after every call of which nobody knows whether it took effect; there is no other memory.
 *
 * Must never happen: a second message about the same thing, after a restart or a time-out.
 */
import type { Message } from '../blocks/text.ts';
import type { SlackApi, Tag } from '../slack-api.ts';
import { keyOfTag, loggedBy, type Standing } from './items.ts';

export interface Posted {
  readonly ts: string;
  tag: Tag;
  /** What was last sent, as JSON; empty when another process sent it. */
  sent: string;
  editedAtMs: number;
}

interface RunBoard {
  readonly posted: Map<string, Posted>;
  /** Undefined until the thread was read, or begun by us. */
  logged: number | undefined;
  loggedAtMs: number;
  link: string | undefined;
  /** Counts what was learnt of this run's messages, so that nothing is made anew for nothing. */
  version: number;
}

export interface Board {
  /** Reads the channel since `oldestMs`; earlier knowledge of messages is kept. @throws SlackFailure */
  reconcile(oldestMs: number): Promise<void>;
  /** Reads the thread of the run's card, unless that was done. @throws SlackFailure */
  readThread(run: string): Promise<void>;
  /** The thread must be read again before anything is added to it. */
  forgetThread(run: string): void;
  of(run: string): RunBoard;
  standing(run: string): Standing;
  posted(tag: Tag): Posted | undefined;
  put(tag: Tag, ts: string, message: Message, nowMs: number): void;
  /** The message is not there any more. */
  drop(tag: Tag): void;
  /** Whether the run's card says that nothing about it will change any more. */
  isFinal(run: string): boolean;
}

/** 200 messages a page: a channel in which more than 4,000 were posted since is not read further back. */
const MAX_PAGES = 20;

/** These stand in the thread of a card, and are read with it. */
function isOfThread({ kind }: Tag): boolean {
  return kind === 'log' || kind === 'report';
}

/** What finds a run's card; whether it is final the board says. */
export function cardTag(run: string): Tag {
  return { run, kind: 'card', item: '', final: false };
}

export function sentForm(message: Message, tag: Tag): string {
  return JSON.stringify([message, tag.final]);
}

export function createBoard(slack: Pick<SlackApi, 'history' | 'replies'>): Board {
  const runs = new Map<string, RunBoard>();

  function of(run: string): RunBoard {
    const known = runs.get(run);
    if (known !== undefined) return known;
    const fresh: RunBoard = { posted: new Map(), logged: undefined, loggedAtMs: 0, link: undefined, version: 0 };
    runs.set(run, fresh);
    return fresh;
  }

  const posted = (tag: Tag) => runs.get(tag.run)?.posted.get(keyOfTag(tag));

  return {
    of,
    posted,
    reconcile: async (oldestMs) => {
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { messages, next } = await slack.history(oldestMs, cursor);
        for (const { ts, tag } of messages) {
          const known = posted(tag);
          // Of two messages about the same thing the first one is ours to edit.
          if (isOfThread(tag) || (known !== undefined && Number(known.ts) <= Number(ts))) continue;
          of(tag.run).posted.set(keyOfTag(tag), { ts, tag, sent: '', editedAtMs: 0 });
          of(tag.run).version += 1;
        }
        if (next === undefined) return;
        cursor = next;
      }
    },
    readThread: async (run) => {
      const board = of(run);
      const card = posted(cardTag(run));
      if (board.logged !== undefined || card === undefined) return;
      let logged = 0;
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { messages, next } = await slack.replies(card.ts, cursor);
        for (const { ts, tag } of messages) {
          if (tag.run !== run) continue;
          if (tag.kind === 'log') logged = Math.max(logged, loggedBy(tag.item));
          if (tag.kind === 'report') board.posted.set(keyOfTag(tag), { ts, tag, sent: '', editedAtMs: 0 });
        }
        cursor = next;
        if (next === undefined) break;
      }
      board.logged = logged;
      board.version += 1;
    },
    forgetThread: (run) => {
      of(run).logged = undefined;
      of(run).version += 1;
    },
    standing: (run) => {
      const board = runs.get(run);
      return { tags: [...(board?.posted.values() ?? [])].map(({ tag }) => tag), logged: board?.logged ?? 0 };
    },
    put: (tag, ts, message, nowMs) => {
      const board = of(tag.run);
      board.version += 1;
      if (tag.kind === 'log') {
        board.logged = loggedBy(tag.item);
        board.loggedAtMs = nowMs;
        return;
      }
      if (tag.kind === 'card' && posted(tag) === undefined) board.logged ??= 0;
      board.posted.set(keyOfTag(tag), { ts, tag, sent: sentForm(message, tag), editedAtMs: nowMs });
    },
    drop: (tag) => {
      of(tag.run).posted.delete(keyOfTag(tag));
      of(tag.run).version += 1;
    },
    isFinal: (run) => posted(cardTag(run))?.tag.final === true,
  };
}
