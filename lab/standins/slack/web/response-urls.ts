/** response_url: what an app may send within 30 minutes, five times, after a command or a press. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, objectsOf, parseJson } from '../json.ts';
import { BOT_USER } from '../wire.ts';
import type { World } from '../world.ts';
import { readBody, send } from './http.ts';
import { SlackRefusal } from './method.ts';
import { contentOf, post } from './methods/chat.ts';

/** Answers a POST to `/commands/<team>/<key>` or `/actions/<team>/<key>`. */
export async function answerResponseUrl(
  world: World,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = world.responseUrls.get(key);
  if (url === undefined) return send(response, 404, 'text/plain', 'invalid_url');
  if (world.now() > url.expiresAtMs) return send(response, 404, 'text/plain', 'expired_url');
  if (url.usesLeft <= 0) return send(response, 404, 'text/plain', 'used_url');
  const body = parseJson((await readBody(request)) ?? '');
  if (!isObject(body)) return send(response, 400, 'text/plain', 'invalid_payload');
  url.usesLeft -= 1;
  const original = url.messageTs === undefined ? undefined : world.store.find(url.channel, url.messageTs);
  try {
    if (original && body.delete_original === true) {
      world.store.remove(original);
      await world.store.saved();
      world.changes.bump();
      return send(response, 200, 'text/plain', 'ok');
    }
    const content = contentOf({ ...body, ...(body.blocks !== undefined && { blocks: objectsOf(body.blocks) }) });
    if (original?.fromBot && body.replace_original === true) {
      Object.assign(original, content, { editedTs: world.store.nextTs() });
      await world.store.saved();
      world.changes.bump();
    } else if (body.response_type === 'in_channel') await post(world, { user: BOT_USER, content });
    else await post(world, { user: BOT_USER, content, threadTs: original?.threadTs, onlyFor: url.user });
    send(response, 200, 'text/plain', 'ok');
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    send(response, 400, 'text/plain', error.error);
  }
}
