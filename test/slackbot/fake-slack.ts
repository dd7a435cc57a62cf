/** Slack for tests of the projection: one channel in memory behind the bot's own seam, and what goes wrong with it. */
import { type SlackApi, SlackFailure, type Tag } from '../../slackbot/slack-api.ts';

export interface Kept {
  readonly ts: string;
  tag: Tag;
  readonly threadTs: string | undefined;
  edits: number;
}

/** A Slack of one channel; `next` says what goes wrong with the next post, after or before it took effect. */
export function fakeSlack() {
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
    upload: async ({ name }) => `https://example.slack.com/files/${name}`,
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
    test: async () => {
      if (trouble.historyDown) throw new SlackFailure('uncertain', 'down');
    },
    userInfo: async () => undefined,
  };
  return { api, kept, trouble, calls };
}
