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

/** Text and blocks of a message to post, or the refusal that Slack would give. */
export function contentOf(args: JsonObject): { text: string; blocks: JsonObject[] } {
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

async function keep(world: World, message: Message): Promise<Message> {
  world.store.add(message);
  await world.store.saved();
  world.changes.bump();
  return message;
}

async function postMessage(world: World, args: JsonObject): Promise<JsonObject> {
  const channel = channelOf(world, args.channel);
  const threadTs = rootOf(world, channel, args.thread_ts);
  const metadata = metadataOf(args);
  const message = await keep(world, {
    ...contentOf(args),
    ts: world.store.nextTs(),
    channel,
    user: BOT_USER,
    fromBot: true,
    ...(threadTs !== undefined && { threadTs }),
    ...(metadata && Object.keys(metadata).length > 0 && { metadata }),
  });
  return { channel, ts: message.ts, message: wireMessage(world, message, true) };
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
  await world.store.saved();
  world.changes.bump();
  return { channel, ts: message.ts, text: message.text, message: wireMessage(world, message, true) };
}

async function postEphemeral(world: World, args: JsonObject): Promise<JsonObject> {
  const channel = channelOf(world, args.channel);
  const person = personOf(world, args.user);
  if (person === undefined || person.id !== args.user) throw new SlackRefusal('user_not_in_channel');
  const threadTs = rootOf(world, channel, args.thread_ts);
  const ts = await postOnlyFor(world, person.id, contentOf(args), threadTs);
  return { message_ts: ts };
}

/** Posts what one person alone sees; returns its ts. `content` has been checked. */
export async function postOnlyFor(
  world: World,
  user: string,
  content: { text: string; blocks: JsonObject[] },
  threadTs?: string,
): Promise<string> {
  const message = await keep(world, {
    ...content,
    ts: world.store.nextTs(),
    channel: world.config.channel,
    user: BOT_USER,
    fromBot: true,
    onlyFor: user,
    ...(threadTs !== undefined && { threadTs }),
  });
  return message.ts;
}

/** Posts for everybody in the channel, by the bot or a person; returns its ts. `content` has been checked. */
export async function postAs(
  world: World,
  user: string,
  content: { text: string; blocks: JsonObject[] },
  threadTs?: string,
): Promise<string> {
  const message = await keep(world, {
    ...content,
    ts: world.store.nextTs(),
    channel: world.config.channel,
    user,
    fromBot: user === BOT_USER,
    ...(threadTs !== undefined && { threadTs: rootOf(world, world.config.channel, threadTs) ?? threadTs }),
  });
  return message.ts;
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
export const JSON_FIELDS = ['blocks', 'metadata', 'view', 'attachments', 'channel_ids'];
