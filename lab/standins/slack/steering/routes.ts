/**
 * The steering under `/test/`: acting as a person, looking, and breaking things. No such paths exist at real Slack, and
 * the bot knows none of them.
 *
 * Must never happen: steering from a page of another origin; a browser names its origin, and a foreign one is refused.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { close, type Press, pressInMessage, pressInView, slash, submit } from '../acting/act.ts';
import type { Courier, Delivery } from '../delivery/deliver.ts';
import type { Sockets } from '../delivery/sockets.ts';
import { isObject, type JsonObject, objectOf, parseJson, stringOf } from '../json.ts';
import { readBody, send, sendJson } from '../web/http.ts';
import { post } from '../web/methods/chat.ts';
import { type Person, personOf } from '../wire.ts';
import type { World } from '../world.ts';
import { messagesFor, stateFor, viewsFor } from './state.ts';

const MAX_WAIT_MS = 30_000;
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

export interface Steering {
  readonly world: World;
  readonly courier: Courier;
  readonly sockets: Sockets;
}

class BadRequest extends Error {}

function personIn(world: World, body: JsonObject): Person {
  const person = personOf(world, body.user);
  if (person === undefined) throw new BadRequest('user: none of the people of this workspace');
  if (body.channel !== undefined && body.channel !== world.config.channel) {
    throw new BadRequest('channel: the stand-in has one channel only');
  }
  return person;
}

function pressIn(body: JsonObject): Press {
  const blockId = body.block_id;
  return {
    actionId: stringOf(body.action_id),
    blockId: typeof blockId === 'string' ? blockId : undefined,
    value: body.value,
  };
}

function shown(delivery: Delivery | undefined): unknown {
  return delivery ? { ok: delivery.ack.kind === 'acked', ...delivery } : { ok: false, error: 'envelope_not_found' };
}

async function say(world: World, person: Person, body: JsonObject): Promise<unknown> {
  const content = { text: stringOf(body.text), blocks: [] };
  return { ok: true, ts: (await post(world, { user: person.id, content, threadTs: stringOf(body.thread_ts) })).ts };
}

function setDown({ world, sockets }: Steering, body: JsonObject): unknown {
  const { seconds, state } = body;
  if (state === 'on') world.downUntilMs = FOREVER_MS;
  else if (state === 'off') world.downUntilMs = 0;
  else if (typeof seconds === 'number' && seconds >= 0) world.downUntilMs = world.now() + seconds * 1000;
  else throw new BadRequest('give {"state": "on"}, {"state": "off"} or {"seconds": n}');
  if (world.now() < world.downUntilMs) sockets.drop('cut');
  world.changes.bump();
  return { ok: true };
}

function setDelivery({ courier }: Steering, body: JsonObject): unknown {
  const { mode, url } = body;
  if (mode === 'socket') courier.setMode({ mode });
  else if (mode === 'http' && typeof url === 'string' && URL.canParse(url)) courier.setMode({ mode, url });
  else throw new BadRequest('give {"mode": "socket"} or {"mode": "http", "url": …}');
  return { ok: true };
}

async function inject({ courier }: Steering, body: JsonObject): Promise<unknown> {
  const { type, payload, envelope_id: id, accepts_response_payload: accepts } = body;
  if (typeof type !== 'string' || !isObject(payload)) throw new BadRequest('give {"type", "payload"}');
  return shown(
    await courier.send({
      type,
      payload,
      ...(typeof id === 'string' && { id }),
      ...(typeof accepts === 'boolean' && { acceptsResponsePayload: accepts }),
    }),
  );
}

async function act(steering: Steering, path: string, body: JsonObject): Promise<unknown> {
  const { world, courier, sockets } = steering;
  switch (path) {
    case 'slash':
      return slash(world, courier, personIn(world, body), stringOf(body.command), stringOf(body.text));
    case 'say':
      return say(world, personIn(world, body), body);
    case 'action': {
      const person = personIn(world, body);
      if (typeof body.view_id !== 'string') {
        return pressInMessage(world, courier, person, stringOf(body.ts), pressIn(body));
      }
      return pressInView(world, courier, person, body.view_id, pressIn(body), objectOf(body.values));
    }
    case 'view/submit':
      return submit(world, courier, personIn(world, body), stringOf(body.view_id), objectOf(body.values));
    case 'view/close':
      return close(world, courier, personIn(world, body), stringOf(body.view_id));
    case 'down':
      return setDown(steering, body);
    case 'drop-sockets':
      return { ok: true, dropped: sockets.drop(body.how === 'announced' ? 'announced' : 'cut') };
    case 'delivery':
      return setDelivery(steering, body);
    case 'replay':
      return shown(await courier.replay(stringOf(body.envelope)));
    case 'inject':
      return inject(steering, body);
    default:
      throw new BadRequest(`no such steering: POST /test/${path}`);
  }
}

async function look({ world, courier, sockets }: Steering, path: string, query: URLSearchParams): Promise<unknown> {
  const user = query.has('user') ? personIn(world, { user: query.get('user') }).id : undefined;
  switch (path) {
    case 'state':
      return stateFor(world, courier, sockets, user);
    case 'messages':
      return { ok: true, version: world.changes.version(), messages: messagesFor(world, user) };
    case 'views':
      return { ok: true, version: world.changes.version(), views: user === undefined ? [] : viewsFor(world, user) };
    case 'envelopes':
      return { ok: true, envelopes: courier.envelopes() };
    case 'wait': {
      const timeoutMs = Math.min(MAX_WAIT_MS, Number(query.get('timeoutMs') ?? MAX_WAIT_MS) || MAX_WAIT_MS);
      return { ok: true, version: await world.changes.wait(Number(query.get('version') ?? 0) || 0, timeoutMs) };
    }
    default:
      throw new BadRequest(`no such steering: GET /test/${path}`);
  }
}

/** Changes as server-sent events: each carries the version, and the page then asks for the state. */
function stream(world: World, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const tell = (version: number) => response.write(`data: ${version}\n\n`);
  tell(world.changes.version());
  const stop = world.changes.subscribe(tell);
  request.on('close', stop);
}

function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && origin !== `http://${host}`;
}

/** Answers one request under `/test/`. */
export async function answerSteering(
  steering: Steering,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = url.pathname.slice('/test/'.length);
  if (isForeign(request)) return sendJson(response, 403, { ok: false, error: 'foreign_origin' });
  try {
    if (request.method === 'GET') {
      if (path === 'events') return stream(steering.world, request, response);
      return sendJson(response, 200, await look(steering, path, url.searchParams));
    }
    if (request.method !== 'POST') return send(response, 405, 'text/plain', 'GET or POST');
    const text = (await readBody(request)) ?? '';
    const body = parseJson(text === '' ? '{}' : text);
    if (!isObject(body)) throw new BadRequest('the body must be a JSON object');
    sendJson(response, 200, await act(steering, path, body));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    sendJson(response, 400, { ok: false, error: 'bad_request', message: error.message });
  }
}
