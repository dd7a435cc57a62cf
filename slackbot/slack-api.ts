/**
 * The few methods of Slack's Web API that the bot uses, each bounded, with one kind of error.
 *
 * Must never happen: a call that waits for half an hour (the library's default is no time limit and ten retries), or one
 * after which nobody knows whether a message was posted and which is simply repeated: such a failure is `uncertain`.
 */

import type { Logger } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import { clip, type Message } from './blocks/text.ts';
import { isFields } from './security/origin.ts';

const CALL_TIMEOUT_MS = 5_000;
/** chat.update takes 4,000 characters of `text` (docs.slack.dev); what people read stands in the blocks. */
const TEXT_CHARACTERS = 3_900;

export type SlackFailureKind =
  /** Slack said when to come back. */
  | 'rate-limited'
  /** It did not answer or said that it is broken; a posted message may or may not be there. */
  | 'uncertain'
  /** Slack understood, and refused by name. */
  | 'refused';

export class SlackFailure extends Error {
  readonly kind: SlackFailureKind;
  /** Slack's own name of the error, or the library's. */
  readonly slackError: string;
  readonly retryAfterMs: number;

  constructor(kind: SlackFailureKind, slackError: string, retryAfterMs = 0) {
    super(`Slack: ${slackError}`);
    this.name = 'SlackFailure';
    this.kind = kind;
    this.slackError = slackError;
    this.retryAfterMs = retryAfterMs;
  }

  static is(error: unknown): error is SlackFailure {
    return error instanceof Error && error.name === 'SlackFailure';
  }
}

const EVENT_TYPE = 'lifeboat_run';

/** What a message of ours is about; kept by Slack beside the message, so that it can be found again. */
export interface Tag {
  readonly run: string;
  readonly kind: 'card' | 'gate' | 'question' | 'glass' | 'log' | 'report';
  /** Which gate, question, decision or lines; the file's link for the report; empty for the card. */
  readonly item: string;
  /** Whether it will never be edited again. */
  readonly final: boolean;
}

export interface TaggedMessage {
  readonly ts: string;
  readonly tag: Tag;
}

export interface Page {
  readonly messages: readonly TaggedMessage[];
  readonly next: string | undefined;
}

/** Every method throws SlackFailure. */
export interface SlackApi {
  /** Returns the message's ts. */
  post(message: Message, tag: Tag, threadTs?: string): Promise<string>;
  update(ts: string, message: Message, tag: Tag): Promise<void>;
  permalink(ts: string): Promise<string>;
  /**
   * Sends a file that nobody sees yet, and returns its link: the first message of ours that has the link shows the file
   * to the channel. So a call of which nobody knows whether it took effect may be made again.
   */
  upload(file: { readonly name: string; readonly title: string; readonly content: string }): Promise<string>;
  /** Our own messages of the channel, newest first. `oldestMs` since 1970. */
  history(oldestMs: number, cursor?: string): Promise<Page>;
  /** Our own messages of a thread. */
  replies(rootTs: string, cursor?: string): Promise<Page>;
  /** Returns the view's id. */
  openView(trigger: string, view: ModalView): Promise<string>;
  updateView(viewId: string, view: ModalView): Promise<void>;
  /** Whether Slack answers and knows us; changes nothing. */
  test(): Promise<void>;
  /** The `user` of users.info. */
  userInfo(user: string): Promise<unknown>;
}

/** The library's options as everything here uses them: bounded, not retried, rate limits told at once. */
export function clientOptions(slackApiUrl: string | undefined, logger: Logger): WebClientOptions {
  return {
    timeout: CALL_TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger,
    ...(slackApiUrl !== undefined && { slackApiUrl }),
  };
}

export interface SlackApiOptions {
  readonly botToken: string;
  readonly slackApiUrl?: string | undefined;
  readonly channel: string;
  /** Only messages of this app are taken for ours: metadata can be written by anybody. */
  readonly app: string;
  readonly logger: Logger;
}

export function createSlackApi({ botToken, slackApiUrl, channel, app, logger }: SlackApiOptions): SlackApi {
  const client = new WebClient(botToken, clientOptions(slackApiUrl, logger));
  const limits = { limit: 200, include_all_metadata: true } as const;
  return {
    post: async ({ text, blocks }, tag, threadTs) => {
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      const common = {
        channel,
        text: clip(text, TEXT_CHARACTERS),
        metadata: metadataOf(tag),
        unfurl_links: false,
        unfurl_media: false,
        ...thread,
      };
      const answer = await call(() => client.chat.postMessage({ ...common, ...(blocks.length > 0 && { blocks }) }));
      return required(answer.ts, 'no_ts');
    },
    update: async (ts, { text, blocks }, tag) => {
      await call(() =>
        client.chat.update({ channel, ts, text: clip(text, TEXT_CHARACTERS), blocks, metadata: metadataOf(tag) }),
      );
    },
    permalink: async (ts) => {
      const answer = await call(() => client.chat.getPermalink({ channel, message_ts: ts }));
      return required(answer.permalink, 'no_permalink');
    },
    upload: async ({ name, title, content }) => {
      const bytes = Buffer.from(content, 'utf8');
      const length = bytes.length;
      const place = await call(() => client.files.getUploadURLExternal({ filename: name, length }));
      await sendBytes(required(place.upload_url, 'no_upload_url'), bytes, slackApiUrl);
      const id = required(place.file_id, 'no_file_id');
      const answer = await call(() => client.files.completeUploadExternal({ files: [{ id, title }] }));
      // It goes into markup: nothing in it may end the link.
      return required(answer.files?.[0]?.permalink, 'no_permalink').replace(/[<>|\s]/g, encodeURIComponent);
    },
    history: async (oldestMs, cursor) => {
      const oldest = (oldestMs / 1000).toFixed(6);
      const page = cursor === undefined ? {} : { cursor };
      return pageOf(await call(() => client.conversations.history({ channel, oldest, ...limits, ...page })), app);
    },
    replies: async (rootTs, cursor) => {
      const page = cursor === undefined ? {} : { cursor };
      return pageOf(await call(() => client.conversations.replies({ channel, ts: rootTs, ...limits, ...page })), app);
    },
    openView: async (trigger, view) => {
      const answer = await call(() => client.views.open({ trigger_id: trigger, view }));
      return required(answer.view?.id, 'no_view');
    },
    updateView: async (viewId, view) => {
      await call(() => client.views.update({ view_id: viewId, view }));
    },
    test: async () => {
      await call(() => client.auth.test());
    },
    userInfo: async (user) => (await call(() => client.users.info({ user }))).user,
  };
}

const UPLOAD_TIMEOUT_MS = 15_000;

/** @param slackApiUrl another Slack's, such as a stand-in's: its origin is then the only one that bytes are sent to */
async function sendBytes(address: string, bytes: Buffer, slackApiUrl: string | undefined): Promise<void> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSlacks =
    slackApiUrl === undefined
      ? url?.protocol === 'https:' && url.hostname.endsWith('.slack.com')
      : url?.origin === new URL(slackApiUrl).origin;
  if (url === undefined || !isSlacks) throw new SlackFailure('refused', 'foreign_upload_url');
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(bytes),
      redirect: 'error',
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    status = response.status;
  } catch (error) {
    throw new SlackFailure('uncertain', error instanceof Error ? error.name : 'unknown');
  }
  if (status >= 400) throw new SlackFailure(status >= 500 ? 'uncertain' : 'refused', `upload_http_${status}`);
}

function required(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new SlackFailure('uncertain', what);
  return value;
}

function metadataOf({ run, kind, item, final }: Tag) {
  return { event_type: EVENT_TYPE, event_payload: { run, kind, item, final } };
}

function pageOf(answer: { messages?: unknown; response_metadata?: { next_cursor?: string } }, app: string): Page {
  const all: unknown[] = Array.isArray(answer.messages) ? answer.messages : [];
  const next = answer.response_metadata?.next_cursor;
  return {
    messages: all.flatMap((one) => taggedOf(one, app)),
    next: next === undefined || next === '' ? undefined : next,
  };
}

const KINDS: readonly string[] = ['card', 'gate', 'question', 'glass', 'log', 'report'];

/** A message of ours with its tag; none for everybody else's, whatever their metadata say. */
export function taggedOf(message: unknown, app: string): TaggedMessage[] {
  if (!isFields(message) || message['app_id'] !== app || typeof message['ts'] !== 'string') return [];
  const metadata = message['metadata'];
  if (!isFields(metadata) || metadata['event_type'] !== EVENT_TYPE || !isFields(metadata['event_payload'])) return [];
  const { run, kind, item, final } = metadata['event_payload'];
  if (typeof run !== 'string' || typeof kind !== 'string' || typeof item !== 'string' || !KINDS.includes(kind))
    return [];
  return [{ ts: message['ts'], tag: { run, kind: kind as Tag['kind'], item, final: final === true } }];
}

async function call<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw failureOf(error);
  }
}

/** Slack's own faults, told as platform errors: the effect may have happened. */
const BROKEN: readonly string[] = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
];
const DEFAULT_RETRY_MS = 1_000;

/** By the library's codes, because `instanceof` fails across module registries. */
export function failureOf(error: unknown): SlackFailure {
  if (SlackFailure.is(error)) return error;
  const fields: Readonly<Record<string, unknown>> = isFields(error) ? error : {};
  const code = String(fields['code'] ?? 'unknown');
  if (code === 'slack_webapi_rate_limited_error') {
    const seconds = Number(fields['retryAfter']);
    return new SlackFailure('rate-limited', 'ratelimited', seconds > 0 ? seconds * 1000 : DEFAULT_RETRY_MS);
  }
  if (code === 'slack_webapi_platform_error') {
    const data = fields['data'];
    const name = isFields(data) && typeof data['error'] === 'string' ? data['error'] : 'unknown_error';
    if (name === 'ratelimited') return new SlackFailure('rate-limited', name, DEFAULT_RETRY_MS);
    return new SlackFailure(BROKEN.includes(name) ? 'uncertain' : 'refused', name);
  }
  return new SlackFailure('uncertain', code);
}
