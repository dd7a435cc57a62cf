/** The payloads that Slack sends when a person does something; field for field as docs.slack.dev shows them. */

import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { Message } from '../types.ts';
import { type Person, TEAM_DOMAIN, wireMessage } from '../wire.ts';
import type { World } from '../world.ts';

const RESPONSE_URL_MS = 30 * 60_000;
/** "Up to 5 times within 30 minutes". */
const RESPONSE_URL_USES = 5;

/** Makes a response_url for this person; with `messageTs` it may replace that message. */
export function newResponseUrl(world: World, kind: 'commands' | 'actions', person: Person, messageTs?: string): string {
  const key = randomBytes(18).toString('base64url');
  world.responseUrls.set(key, {
    channel: world.config.channel,
    user: person.id,
    expiresAtMs: world.now() + RESPONSE_URL_MS,
    usesLeft: RESPONSE_URL_USES,
    ...(messageTs !== undefined && { messageTs }),
  });
  return `${world.baseUrl}/${kind}/${world.config.team}/${key}`;
}

export function slashPayload(world: World, person: Person, command: string, text: string, trigger: string): JsonObject {
  const { team, app, channel, channelName } = world.config;
  return {
    token: 'stand-in',
    team_id: team,
    team_domain: TEAM_DOMAIN,
    channel_id: channel,
    channel_name: channelName,
    user_id: person.id,
    user_name: person.handle,
    command,
    text,
    api_app_id: app,
    is_enterprise_install: 'false',
    response_url: newResponseUrl(world, 'commands', person),
    trigger_id: trigger,
  };
}

function common(world: World, person: Person): JsonObject {
  const { team, app } = world.config;
  return {
    team: { id: team, domain: TEAM_DOMAIN },
    user: { id: person.id, username: person.handle, name: person.handle, team_id: team },
    api_app_id: app,
    token: 'stand-in',
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A press or choice in a message. */
export function messageActionPayload(
  world: World,
  person: Person,
  message: Message,
  action: JsonObject,
  values: JsonObject,
  trigger: string,
): JsonObject {
  const { channel, channelName } = world.config;
  return {
    type: 'block_actions',
    ...common(world, person),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel,
      is_ephemeral: message.onlyFor !== undefined,
      ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
    },
    trigger_id: trigger,
    channel: { id: channel, name: channelName },
    message: wireMessage(world, message, true),
    state: { values },
    response_url: newResponseUrl(world, 'actions', person, message.ts),
    actions: [action],
  };
}

/** A press or choice in a modal. */
export function viewActionPayload(
  world: World,
  person: Person,
  view: JsonObject,
  action: JsonObject,
  trigger: string,
): JsonObject {
  return {
    type: 'block_actions',
    ...common(world, person),
    container: { type: 'view', view_id: view.id },
    trigger_id: trigger,
    view,
    actions: [action],
  };
}

export function submissionPayload(world: World, person: Person, view: JsonObject, trigger: string): JsonObject {
  return { type: 'view_submission', ...common(world, person), trigger_id: trigger, view, response_urls: [] };
}

export function closedPayload(world: World, person: Person, view: JsonObject, isCleared: boolean): JsonObject {
  return { type: 'view_closed', ...common(world, person), view, is_cleared: isCleared };
}
