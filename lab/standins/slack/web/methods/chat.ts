/**
 * chat.*: posting, editing, ephemeral messages, links.
 *
 * Must never happen: a message accepted that real Slack refuses (length, blocks, a stranger's message edited).
 */

import { checkMessageBlocks, messagesOf } from '../../blocks.ts';
import { isObject, type JsonObject, stringOf } from '../../json.ts';
import { POSTING, SPECIAL, TIER_3, TIER_4 } from '../../rate-limits.ts';
import type { Message } from '../../types.ts';
import { BOT_USER, personOf, TEAM_DOMAIN, wireMessage, withIds } from '../../wire.ts';
import type { World } from '../../world.ts';
import { type Method, refuseWith, SlackRefusal } from '../method.ts';

/** "We truncate beyond 40,000", says the documentation of chat.postMessage; here it is refused, so that it is seen. */
export const MAX_TEXT_CHARACTERS = 40_000;
/** Documented with message metadata. */
const MAX_METADATA_BYTES = 8 * 1024;

/** The one channel by id or #name. */
export function channelOf(world: World, given: unknown): string {
  const { channel, channelName } = world.config;
  if (given !== channel && given !== `#${channelName}`) throw new SlackRefusal('channel_not_found');
  return channel;
}

export interface Content {
  readonly text: string;
  readonly blocks: JsonObject[];
}

/** Text and blocks of a message to post, or the refusal that Slack would give. */
export function contentOf(args: JsonObject): Content {
  const text = stringOf(args.text);
  const blocks = args.blocks;
  if (blocks !== undefined && !Array.isArray(blocks)) throw new SlackRefusal('invalid_blocks_format');
  if (args.attachments !== undefined) throw new SlackRefusal('invalid_attachments');
  if (text === '' && (blocks === undefined || blocks.length === 0)) throw new SlackRefusal('no_text');
  if (text.length > MAX_TEXT_CHARACTERS) throw new SlackRefusal('msg_too_long');
  const problems = blocks === undefined ? [] : checkMessageBlocks(blocks);
  if (problems.length > 0) throw refuseWith('invalid_blocks', messagesOf(problems));
  return { text, blocks: withIds(blocks) };
}

function metadataOf(args: JsonObject): JsonObject | undefined {
  const given = args.metadata;
  if (given === undefined) return undefined;
  if (!isObject(given)) throw new SlackRefusal('invalid_metadata_format');
  if (Object.keys(given).length === 0) return given;
  if (typeof given.event_type !== 'string' || !isObject(given.event_payload)) {
    throw new SlackRefusal('invalid_metadata_schema');
  }
  if (Buffer.byteLength(JSON.stringify(given)) > MAX_METADATA_BYTES) throw new SlackRefusal('metadata_too_large');
  return given;
}

/** The root that a reply belongs to; a reply to a reply joins the same thread. */
function rootOf(world: World, channel: string, given: unknown): string | undefined {
  if (given === undefined || given === '') return undefined;
  const parent = world.store.find(channel, stringOf(given));
  if (parent === undefined || parent.onlyFor !== undefined) throw new SlackRefusal('thread_not_found');
  return parent.threadTs ?? parent.ts;
}

export interface Posting {
  /** The bot or a person. */
  readonly user: string;
  /** Checked by {@link contentOf}. */
  readonly content: Content;
  /** The root, or any reply, of the thread that it belongs to; empty for none. */
  readonly threadTs?: string | undefined;
  /** The one person who sees it. */
  readonly onlyFor?: string;
  readonly metadata?: JsonObject | undefined;
  readonly files?: readonly JsonObject[];
}

/** Keeps a message of the channel, on disk before it is acknowledged. @throws SlackRefusal `thread_not_found` */
export async function post(
  world: World,
  { user, content, threadTs, onlyFor, metadata = {}, files = [] }: Posting,
): Promise<Message> {
  const { channel } = world.config;
  const root = rootOf(world, channel, threadTs);
  const message: Message = {
    ...content,
    ts: world.store.nextTs(),
    channel,
    user,
    fromBot: user === BOT_USER,
    ...(root !== undefined && { threadTs: root }),
    ...(onlyFor !== undefined && { onlyFor }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(files.length > 0 && { files }),
  };
  world.store.add(message);
  await saved(world);
  return message;
}

async function saved(world: World): Promise<void> {
  await world.store.saved();
  world.changes.bump();
}

async function postMessage(world: World, args: JsonObject): Promise<JsonObject> {
  const channel = channelOf(world, args.channel);
  const metadata = metadataOf(args);
  const threadTs = stringOf(args.thread_ts);
  const content = contentOf(args);
  const message = await post(world, {
    user: BOT_USER,
    content,
    threadTs,
    metadata,
    files: linkedFiles(world, content),
  });
  return { channel, ts: message.ts, message: wireMessage(world, message, true) };
}

/** Private files of the bot that the message links to: they are shared by it, once. */
function linkedFiles(world: World, content: Content): JsonObject[] {
  const text = JSON.stringify(content);
  return [...world.privateFiles].flatMap(([link, file]) => {
    if (!text.includes(link)) return [];
    world.privateFiles.delete(link);
    return [file];
  });
}

async function update(world: World, args: JsonObject): Promise<JsonObject> {
  const channel = channelOf(world, args.channel);
  const message = world.store.find(channel, stringOf(args.ts));
  if (message === undefined || message.onlyFor !== undefined) throw new SlackRefusal('message_not_found');
  if (!message.fromBot) throw new SlackRefusal('cant_update_message');
  // "If you don't include this field, the message's previous blocks will be retained"; an empty list removes them.
  const content = contentOf(args);
  const metadata = metadataOf(args);
  message.text = args.text === undefined ? message.text : content.text;
  message.blocks = args.blocks === undefined ? message.blocks : content.blocks;
  if (metadata) message.metadata = metadata;
  message.editedTs = world.store.nextTs();
  await saved(world);
  return { channel, ts: message.ts, text: message.text, message: wireMessage(world, message, true) };
}

async function postEphemeral(world: World, args: JsonObject): Promise<JsonObject> {
  channelOf(world, args.channel);
  const person = personOf(world, args.user);
  if (person === undefined || person.id !== args.user) throw new SlackRefusal('user_not_in_channel');
  const content = contentOf(args);
  const threadTs = stringOf(args.thread_ts);
  const { ts } = await post(world, { user: BOT_USER, content, threadTs, onlyFor: person.id });
  return { message_ts: ts };
}

function getPermalink(world: World, args: JsonObject): JsonObject {
  const channel = channelOf(world, args.channel);
  const message = world.store.find(channel, stringOf(args.message_ts));
  if (message === undefined) throw new SlackRefusal('message_not_found');
  const permalink = `${world.baseUrl}/?team=${TEAM_DOMAIN}&channel=${channel}&ts=${message.ts}`;
  return { channel, permalink };
}

const write = { token: 'bot', scopes: ['chat:write'] } as const;

export const CHAT: Readonly<Record<string, Method>> = {
  'chat.postMessage': { ...write, limit: POSTING, limitPer: 'channel', required: ['channel'], run: postMessage },
  'chat.update': { ...write, limit: TIER_3, required: ['channel', 'ts'], run: update },
  'chat.postEphemeral': { ...write, limit: TIER_4, required: ['channel', 'user'], run: postEphemeral },
  'chat.getPermalink': { ...write, scopes: [], limit: SPECIAL, required: ['channel', 'message_ts'], run: getPermalink },
};

/** The fields that may come as JSON text inside a form. */
export const JSON_FIELDS = ['blocks', 'metadata', 'view', 'attachments', 'channel_ids', 'files'];
