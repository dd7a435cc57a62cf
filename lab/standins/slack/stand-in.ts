/**
 * Puts the stand-in for Slack together and lets it listen: one HTTP server for Slack's API (`/api/`), the sockets
 * (`/socket/`), response_urls, files (`/upload/`, `/files/`), the page (`/`) and the steering (`/test/`).
 *
 * Must never happen: an answer from `/api/` or a socket while Slack is said to be down.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SlackConfig, Tokens } from './config.ts';
import { createCourier } from './delivery/deliver.ts';
import { createSockets } from './delivery/sockets.ts';
import { answerPage } from './page.ts';
import { answerSteering, type Steering } from './steering/routes.ts';
import { openStore } from './store.ts';
import { answerApi, methodsOf } from './web/api.ts';
import { send, sendJson } from './web/http.ts';
import type { Method } from './web/method.ts';
import { answerResponseUrl } from './web/response-urls.ts';
import { answerFile, answerUpload } from './web/uploads.ts';
import { createWorld, isDown, type WorldOptions } from './world.ts';

export interface SlackStandIn {
  /** `http://address:port`: the page; Slack's API is at `<url>/api/`. */
  readonly url: string;
  stop(): Promise<void>;
}

function listen(server: Server, port: number, address: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server.address() as AddressInfo));
  });
}

async function answer(
  steering: Steering,
  methods: Readonly<Record<string, Method>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world } = steering;
  const url = new URL(request.url ?? '/', 'http://stand-in');
  if (url.pathname === '/health') {
    return sendJson(response, 200, { ok: true, sockets: steering.sockets.count(), down: isDown(world) });
  }
  if (url.pathname.startsWith('/test/')) return answerSteering(steering, url, request, response);
  const [, kind, , key] = url.pathname.split('/');
  const isResponseUrl = kind === 'commands' || kind === 'actions';
  const isFile = kind === 'upload' || kind === 'files';
  if ((kind === 'api' || isResponseUrl || isFile) && isDown(world)) {
    return send(response, 503, 'text/plain', 'Service Unavailable: the stand-in for Slack was told to be down');
  }
  if (kind === 'api') return answerApi(world, methods, url.pathname.slice('/api/'.length), request, response);
  if (kind === 'upload') return answerUpload(world, key ?? '', request, response);
  if (kind === 'files' && request.method === 'GET') return answerFile(world, key ?? '', response);
  if (isResponseUrl) return answerResponseUrl(world, key ?? '', request, response);
  if (request.method === 'GET' && (await answerPage(url.pathname, response))) return;
  send(response, 404, 'text/plain', 'not found');
}

/** Starts it; resolves once it listens. `options` are for tests: a clock and a shorter limit for acknowledgements. */
export async function startSlackStandIn(
  config: SlackConfig,
  tokens: Tokens,
  options: WorldOptions = {},
): Promise<SlackStandIn> {
  const store = await openStore(config.folder, options.now ?? Date.now);
  const world = createWorld(config, tokens, store, options);
  const sockets = createSockets(world);
  const courier = createCourier(world, sockets);
  const methods = methodsOf(sockets);
  const steering: Steering = { world, courier, sockets };
  const server = createServer((request, response) => {
    answer(steering, methods, request, response).catch((error: unknown) => {
      console.error(
        `${request.method} ${request.url?.split('?')[0]}: ${error instanceof Error ? error.stack : 'failed'}`,
      );
      if (!response.headersSent) sendJson(response, 500, { ok: false, error: 'internal_error' });
      response.end();
    });
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  const { address, port } = await listen(server, config.port, config.address);
  world.baseUrl = `http://${address}:${port}`;
  return {
    url: world.baseUrl,
    stop: async () => {
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await store.saved();
    },
  };
}
