/**
 * Slack's Web API: takes a call apart (form, JSON or query), checks token, rate and arguments, runs the method, and
 * answers as Slack does: 200 with `ok`, 429 with Retry-After, 503 while Slack is down.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Sockets } from '../delivery/sockets.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { TIER_2 } from '../rate-limits.ts';
import type { World } from '../world.ts';
import { authorize } from './auth.ts';
import { readBody, sendJson } from './http.ts';
import { type Method, refuseWith, SlackRefusal } from './method.ts';
import { CHAT, JSON_FIELDS } from './methods/chat.ts';
import { CONVERSATIONS } from './methods/conversations.ts';
import { FILES } from './methods/files.ts';
import { PEOPLE } from './methods/people.ts';
import { VIEWS } from './methods/views.ts';

/** Every method that the stand-in knows, by name. */
export function methodsOf(sockets: Sockets): Readonly<Record<string, Method>> {
  return {
    ...CHAT,
    ...CONVERSATIONS,
    ...FILES,
    ...PEOPLE,
    ...VIEWS,
    'apps.connections.open': {
      token: 'app',
      scopes: ['connections:write'],
      // Documented as tier 1 (one a minute and more), with bursts that in practice let a bot reconnect at once.
      limit: TIER_2,
      required: [],
      run: (world) => ({ url: `${world.baseUrl.replace('http', 'ws')}/socket/?ticket=${sockets.newTicket()}` }),
    },
  };
}

/** Fields of a form; those that hold JSON are parsed, and stay text when they are none. */
function fromForm(form: URLSearchParams): JsonObject {
  return Object.fromEntries(
    [...form].map(([name, text]) => [name, JSON_FIELDS.includes(name) ? (parseJson(text) ?? text) : text]),
  );
}

/** An empty body is a call without arguments, whatever its content type: Slack's Python client sends it so. */
function fromJson(text: string): JsonObject {
  if (text === '') return {};
  const body = parseJson(text);
  if (body === undefined) throw new SlackRefusal('invalid_json');
  if (!isObject(body)) throw new SlackRefusal('json_not_object');
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      JSON_FIELDS.includes(name) && typeof value === 'string' ? (parseJson(value) ?? value) : value,
    ]),
  );
}

async function argumentsOf(request: IncomingMessage): Promise<JsonObject> {
  const query = new URL(request.url ?? '/', 'http://stand-in').searchParams;
  const text = (await readBody(request)) ?? '';
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return { ...fromForm(query), ...fromJson(text) };
  if (type === 'application/x-www-form-urlencoded') {
    return { ...fromForm(query), ...fromForm(new URLSearchParams(text)) };
  }
  if (text !== '') throw new SlackRefusal('invalid_post_type');
  return fromForm(query);
}

function checkRequired(method: Method, args: JsonObject): void {
  const missing = method.required.filter((name) => args[name] === undefined || args[name] === '');
  if (missing.length === 0) return;
  throw refuseWith(
    'invalid_arguments',
    missing.map((name) => `[ERROR] missing required field: ${name}`),
  );
}

/** Answers one call of `/api/<name>`. */
export async function answerApi(
  world: World,
  methods: Readonly<Record<string, Method>>,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const args = await argumentsOf(request);
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: name });
    const scopes = authorize(world, method, request, args);
    const key = method.limitPer === undefined ? name : `${name} ${String(args[method.limitPer])}`;
    const retryAfterSeconds = world.limiter.take(key, method.limit);
    if (retryAfterSeconds > 0) {
      const headers = { 'retry-after': String(retryAfterSeconds) };
      return sendJson(response, 429, { ok: false, error: 'ratelimited' }, headers);
    }
    checkRequired(method, args);
    const result = await method.run(world, args);
    const headers = { 'x-oauth-scopes': scopes.join(','), 'x-accepted-oauth-scopes': method.scopes.join(',') };
    sendJson(response, 200, { ok: true, ...result }, headers);
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    sendJson(response, 200, { ok: false, error: error.error, ...error.more });
  }
}
