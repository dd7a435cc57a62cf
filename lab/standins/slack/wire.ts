/** Things in the form in which Slack's API and payloads show them. */

import { randomBytes } from 'node:crypto';
import { type JsonObject, objectOf, objectsOf } from './json.ts';
import type { Message } from './types.ts';
import type { World } from './world.ts';

export const BOT_USER = 'U01BOT';
export const BOT = 'B01BOT';
export const TEAM_DOMAIN = 'lifeboat-lab';

export interface Person {
  /** Name in the estate. */
  readonly handle: string;
  readonly id: string;
  readonly name: string;
  readonly guest: boolean;
}

export function peopleOf(world: World): Person[] {
  return Object.entries(world.config.people).map(([handle, person]) => ({
    handle,
    id: person.slack,
    name: person.name,
    guest: person.guest ?? false,
  }));
}

/** A person by the estate's name or by user id. */
export function personOf(world: World, who: unknown): Person | undefined {
  return peopleOf(world).find(({ id, handle }) => id === who || handle === who);
}

export function wireUser(world: World, id: string): JsonObject | undefined {
  const common = { team_id: world.config.team, deleted: false, is_app_user: false, is_stranger: false, tz: 'Etc/UTC' };
  if (id === BOT_USER) {
    const name = world.config.botName;
    return { ...common, id, name, real_name: name, is_bot: true, profile: { real_name: name, bot_id: BOT } };
  }
  const person = personOf(world, id);
  if (person === undefined) return undefined;
  const { handle, name, guest } = person;
  return {
    ...common,
    id: person.id,
    name: handle,
    real_name: name,
    is_bot: false,
    is_admin: false,
    is_owner: false,
    is_restricted: guest,
    is_ultra_restricted: false,
    profile: { real_name: name, display_name: handle },
  };
}

export function wireChannel(world: World): JsonObject {
  const { channel, channelName, team } = world.config;
  return {
    id: channel,
    name: channelName,
    is_channel: channel.startsWith('C'),
    is_private: channel.startsWith('G'),
    is_archived: false,
    is_member: true,
    is_ext_shared: false,
    context_team_id: team,
    num_members: peopleOf(world).length + 1,
  };
}

/** A message as `conversations.history` shows it; its metadata only where it was asked for. */
export function wireMessage(world: World, message: Message, withMetadata = false): JsonObject {
  const { team, app, botName } = world.config;
  const replies = world.store.messages.filter(({ threadTs, onlyFor }) => threadTs === message.ts && !onlyFor);
  const last = replies.at(-1);
  return {
    type: 'message',
    ts: message.ts,
    user: message.user,
    team,
    text: message.text,
    ...(message.fromBot && { bot_id: BOT, app_id: app, bot_profile: { id: BOT, app_id: app, name: botName } }),
    ...(message.blocks.length > 0 && { blocks: message.blocks }),
    ...(message.files !== undefined && { files: message.files }),
    ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
    ...(message.editedTs !== undefined && { edited: { user: message.user, ts: message.editedTs } }),
    ...(withMetadata && message.metadata !== undefined && { metadata: message.metadata }),
    ...(last && {
      thread_ts: message.ts,
      reply_count: replies.length,
      reply_users: [...new Set(replies.map(({ user }) => user))],
      latest_reply: last.ts,
    }),
  };
}

function shortId(): string {
  return randomBytes(4).toString('base64url').replace(/[-_]/g, 'x').slice(0, 5);
}

function withActionId(element: unknown): unknown {
  const each = objectOf(element);
  const silent = ['image', 'mrkdwn', 'plain_text'].includes(String(each.type));
  return silent || each.action_id !== undefined ? element : { ...each, action_id: shortId() };
}

/** The blocks as Slack keeps them: each with a `block_id`, each interactive element with an `action_id`. */
export function withIds(blocks: unknown): JsonObject[] {
  return objectsOf(blocks).map((block) => ({
    ...block,
    block_id: block.block_id ?? shortId(),
    ...(block.type === 'actions' && { elements: objectsOf(block.elements).map(withActionId) }),
    ...(block.accessory !== undefined && { accessory: withActionId(block.accessory) }),
    ...(block.type === 'input' && { element: withActionId(block.element) }),
  }));
}
