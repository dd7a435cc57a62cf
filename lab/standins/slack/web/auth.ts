/**
 * Tokens: which one was shown, and whether it may make this call.
 *
 * Must never happen: a call answered without the right token, or a token in an answer or a log (I8).
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type JsonObject, stringOf } from '../json.ts';
import type { World } from '../world.ts';
import { type Method, SlackRefusal } from './method.ts';

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The scopes that the shown token has; throws Slack's refusal when the token may not make this call. */
export function authorize(world: World, method: Method, request: IncomingMessage, args: JsonObject): readonly string[] {
  const header = request.headers.authorization ?? '';
  const shown = header.startsWith('Bearer ') ? header.slice('Bearer '.length).trim() : stringOf(args.token);
  if (shown === '') throw new SlackRefusal('not_authed');
  const kind = same(shown, world.tokens.botToken) ? 'bot' : same(shown, world.tokens.appToken) ? 'app' : undefined;
  if (kind === undefined) throw new SlackRefusal('invalid_auth');
  if (kind !== method.token) throw new SlackRefusal('not_allowed_token_type');
  const scopes = kind === 'bot' ? world.config.scopes : ['connections:write'];
  if (method.scopes.length > 0 && !method.scopes.some((scope) => scopes.includes(scope))) {
    throw new SlackRefusal('missing_scope', { needed: method.scopes[0], provided: scopes.join(',') });
  }
  return scopes;
}
