/** conversations.*: what stands in the channel, in pages. */

import { type JsonObject, stringOf } from '../../json.ts';
import { TIER_3, TIER_4 } from '../../rate-limits.ts';
import type { Message } from '../../types.ts';
import { BOT_USER, peopleOf, wireChannel, wireMessage } from '../../wire.ts';
import type { World } from '../../world.ts';
import { type Method, SlackRefusal } from '../method.ts';
import { channelOf } from './chat.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 999;

function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1' || value === 1;
}

function limitOf(args: JsonObject): number {
  const limit = args.limit === undefined ? DEFAULT_PAGE : Number(args.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) throw new SlackRefusal('invalid_limit');
  return limit;
}

function within(args: JsonObject): (message: Message) => boolean {
  const inclusive = isTrue(args.inclusive);
  const oldest = Number(args.oldest ?? 0);
  const latest = Number(args.latest ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(oldest)) throw new SlackRefusal('invalid_ts_oldest');
  if (Number.isNaN(latest)) throw new SlackRefusal('invalid_ts_latest');
  return ({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  };
}

/** One page of `all`; the cursor is the next item's index, as opaque text. */
function page<T>(all: readonly T[], args: JsonObject): { items: T[]; more: JsonObject } {
  const limit = limitOf(args);
  const cursor = stringOf(args.cursor);
  const start = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64url').toString().replace('next:', ''));
  if (!Number.isInteger(start) || start < 0) throw new SlackRefusal('invalid_cursor');
  const next = start + limit;
  const hasMore = next < all.length;
  return {
    items: all.slice(start, next),
    more: {
      has_more: hasMore,
      response_metadata: { next_cursor: hasMore ? Buffer.from(`next:${next}`).toString('base64url') : '' },
    },
  };
}

function history(world: World, args: JsonObject): JsonObject {
  const channel = channelOf(world, args.channel);
  const roots = world.store.messages
    .filter((message) => message.channel === channel && !message.threadTs && !message.onlyFor)
    .filter(within(args))
    .toReversed();
  const { items, more } = page(roots, args);
  const withMetadata = isTrue(args.include_all_metadata);
  return { messages: items.map((each) => wireMessage(world, each, withMetadata)), pin_count: 0, ...more };
}

function replies(world: World, args: JsonObject): JsonObject {
  const channel = channelOf(world, args.channel);
  const asked = world.store.find(channel, stringOf(args.ts));
  if (asked === undefined || asked.onlyFor !== undefined) throw new SlackRefusal('thread_not_found');
  const root = asked.threadTs ?? asked.ts;
  const bounded = within(args);
  const thread = world.store.messages.filter(
    (each) => each.ts === root || (each.threadTs === root && !each.onlyFor && bounded(each)),
  );
  const { items, more } = page(thread, args);
  const withMetadata = isTrue(args.include_all_metadata);
  return { messages: items.map((each) => wireMessage(world, each, withMetadata)), ...more };
}

function info(world: World, args: JsonObject): JsonObject {
  channelOf(world, args.channel);
  return { channel: wireChannel(world) };
}

function members(world: World, args: JsonObject): JsonObject {
  channelOf(world, args.channel);
  const { items, more } = page([...peopleOf(world).map(({ id }) => id), BOT_USER], args);
  return { members: items, response_metadata: more.response_metadata };
}

const read = { token: 'bot', scopes: ['channels:history', 'groups:history'], limit: TIER_3 } as const;
const look = { token: 'bot', scopes: ['channels:read', 'groups:read'], limit: TIER_4 } as const;

export const CONVERSATIONS: Readonly<Record<string, Method>> = {
  'conversations.history': { ...read, required: ['channel'], run: history },
  'conversations.replies': { ...read, required: ['channel', 'ts'], run: replies },
  'conversations.info': { ...look, limit: TIER_3, required: ['channel'], run: info },
  'conversations.members': { ...look, required: ['channel'], run: members },
};
