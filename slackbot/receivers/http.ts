/**
 * The bot's own HTTP server: `/health`, and in HTTP mode `/slack/events`. Body limit, signature, clock, replay and
 * origin are checked here before Bolt sees anything.
 *
 * Must never happen: a body parsed before its signature was checked, or one read without a limit.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import { errorData, type Log } from '../log.ts';
import type { Door } from '../security/admit.ts';

/** Slack's largest payload is a view of 250 KB; its form encoding may double that. */
const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 5_000;
/** Slack waits 3 s; a handler that forgot to acknowledge is acknowledged for. */
const ACK_WITHIN_MS = 2_800;
const EVENTS_PATH = '/slack/events';

export interface HttpOptions {
  readonly address: string;
  readonly port: number;
  /** Answers `GET /health`: ready or not, and details. */
  readonly health: () => { readonly ready: boolean; readonly [detail: string]: unknown };
  readonly log: Log;
}

export interface HttpReceiver extends Receiver {
  /** `http://address:port` once it listens. */
  url(): string;
}

/** @param door undefined in socket mode: then only `/health` is answered */
export function createHttpReceiver({ address, port, health, log }: HttpOptions, door?: Door): HttpReceiver {
  let app: App | undefined;
  let url = '';
  const server: Server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log('error', 'a request failed', errorData(error));
        if (!response.headersSent) send(response, 500, '');
      });
    },
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/health' && request.method === 'GET') {
      const state = health();
      return send(response, state.ready ? 200 : 503, JSON.stringify(state), 'application/json');
    }
    if (door === undefined || path !== EVENTS_PATH) return send(response, 404, '');
    if (request.method !== 'POST') return send(response, 405, '');
    const body = await readBody(request);
    if (body === undefined) return send(response, 413, '');
    await take(door, request, body, response);
  }

  async function take(checks: Door, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const admission = checks.http({
      body,
      contentType: request.headers['content-type'],
      timestamp: headerOf(request, 'x-slack-request-timestamp'),
      signature: headerOf(request, 'x-slack-signature'),
    });
    if (admission.kind === 'refused') {
      log('warn', 'a request was refused', { rule: admission.rule });
      return send(response, admission.status, '');
    }
    if (admission.kind === 'repeated') return send(response, 200, '');
    if (app === undefined) return send(response, 503, '');
    const ack = acknowledger(response);
    const late = setTimeout(() => void ack(), ACK_WITHIN_MS);
    await app.processEvent({ body: admission.payload, ack }).finally(() => clearTimeout(late));
    await ack();
  }

  return {
    init: (made) => {
      app = made;
    },
    url: () => url,
    start: () =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          const at = server.address();
          url = `http://${address}:${typeof at === 'object' && at !== null ? at.port : port}`;
          resolve();
        });
      }),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A header that came more than once counts as none: readers would differ about which one holds. */
function headerOf(request: IncomingMessage, name: string): string | undefined {
  const all = request.headersDistinct[name] ?? [];
  return all.length === 1 ? all[0] : undefined;
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The first call answers the request; later ones do nothing. */
function acknowledger(response: ServerResponse): (answer?: unknown) => Promise<void> {
  return async (answer) => {
    if (response.headersSent) return;
    if (answer === undefined || answer === '') return send(response, 200, '');
    if (typeof answer === 'string') return send(response, 200, answer, 'text/plain; charset=utf-8');
    send(response, 200, JSON.stringify(answer), 'application/json; charset=utf-8');
  };
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
