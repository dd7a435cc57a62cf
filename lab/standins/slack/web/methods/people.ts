/** auth.test and users.*: who the bot is, and who the people are. */

import { type JsonObject, stringOf } from '../../json.ts';
import { SPECIAL, TIER_2, TIER_4 } from '../../rate-limits.ts';
import { BOT, BOT_USER, peopleOf, TEAM_DOMAIN, wireUser } from '../../wire.ts';
import type { World } from '../../world.ts';
import { type Method, SlackRefusal } from '../method.ts';

function authTest(world: World): JsonObject {
  return {
    url: `${world.baseUrl}/`,
    team: TEAM_DOMAIN,
    user: world.config.botName,
    team_id: world.config.team,
    user_id: BOT_USER,
    bot_id: BOT,
    is_enterprise_install: false,
  };
}

function usersInfo(world: World, args: JsonObject): JsonObject {
  const user = wireUser(world, stringOf(args.user));
  if (user === undefined || user.id !== args.user) throw new SlackRefusal('user_not_found');
  return { user };
}

function usersList(world: World): JsonObject {
  const ids = [...peopleOf(world).map(({ id }) => id), BOT_USER];
  return {
    members: ids.map((id) => wireUser(world, id)),
    cache_ts: Math.floor(world.now() / 1000),
    response_metadata: { next_cursor: '' },
  };
}

const read = { token: 'bot', scopes: ['users:read'] } as const;

export const PEOPLE: Readonly<Record<string, Method>> = {
  'auth.test': { token: 'bot', scopes: [], limit: SPECIAL, required: [], run: authTest },
  'users.info': { ...read, limit: TIER_4, required: ['user'], run: usersInfo },
  'users.list': { ...read, limit: TIER_2, required: [], run: usersList },
};
