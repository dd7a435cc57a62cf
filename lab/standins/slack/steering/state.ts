/** What the page and the client are shown: everything that one person sees in Slack, and how the stand-in fares. */

import type { Courier } from '../delivery/deliver.ts';
import type { Sockets } from '../delivery/sockets.ts';
import { stackOf } from '../modals.ts';
import type { Notice, OpenView } from '../types.ts';
import { BOT_USER, type Person, peopleOf, wireMessage } from '../wire.ts';
import { isDown, type World } from '../world.ts';

/** A message as people see it: Slack's own fields, and whether only this person sees it. */
export interface SeenMessage {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly blocks?: Record<string, unknown>[];
  readonly thread_ts?: string;
  readonly reply_count?: number;
  readonly edited?: { readonly ts: string };
  readonly metadata?: Record<string, unknown>;
  /** Files that it shares, as Slack shows them: `id`, `name`, `title`, `url_private`, `permalink`, … */
  readonly files?: Record<string, unknown>[];
  readonly ephemeral: boolean;
}

export interface SlackState {
  readonly version: number;
  readonly team: string;
  readonly channel: { readonly id: string; readonly name: string };
  readonly people: readonly Person[];
  readonly bot: { readonly id: string; readonly name: string };
  readonly commands: readonly string[];
  readonly down: boolean;
  readonly mode: 'socket' | 'http';
  readonly sockets: number;
  readonly messages: readonly SeenMessage[];
  /** The person's open modals, the top one last. */
  readonly views: readonly Record<string, unknown>[];
  readonly notices: readonly Notice[];
}

/** Messages that this person sees, oldest first; without a person those that all see. */
export function messagesFor(world: World, user?: string): SeenMessage[] {
  return world.store.messages
    .filter(({ onlyFor }) => onlyFor === undefined || onlyFor === user)
    .map((message) => ({
      ...(wireMessage(world, message, true) as unknown as Omit<SeenMessage, 'ephemeral'>),
      ephemeral: message.onlyFor !== undefined,
    }));
}

export function viewsFor(world: World, user: string): Record<string, unknown>[] {
  return stackOf(world, user).map((open: OpenView) => open.view);
}

export function stateFor(world: World, courier: Courier, sockets: Sockets, user?: string): SlackState {
  const { team, channel, channelName, botName, commands } = world.config;
  return {
    version: world.changes.version(),
    team,
    channel: { id: channel, name: channelName },
    people: peopleOf(world),
    bot: { id: BOT_USER, name: botName },
    commands,
    down: isDown(world),
    mode: courier.mode().mode,
    sockets: sockets.count(),
    messages: messagesFor(world, user),
    views: user === undefined ? [] : viewsFor(world, user),
    notices: world.notices.filter((notice) => notice.user === user),
  };
}
