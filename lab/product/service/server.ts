/**
 * Owns the service's HTTP surface: items, health, admin.
 *
 * What must never happen: an item request is answered from the store while this region is not admitted, or beyond its
 * capacity; an admin change without the token, or acknowledged before it is durable.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Capacity, RateMeter } from './capacity.ts';
import { healthOf } from './health.ts';
import { bearerMatches, parseJson, readBody, sendJson } from './http.ts';
import type { Items } from './items.ts';
import type { Marker } from './marker.ts';
import { isWorkerCount } from './workers.ts';

export interface ServiceParts {
  readonly region: string;
  readonly capacityPerWorker: number;
  readonly maxWorkers: number;
  readonly token: string;
  readonly marker: Marker;
  readonly items: Items;
  readonly capacity: Capacity;
  readonly arrivals: RateMeter;
  /** 'ok', or why the store does not count as healthy. */
  storeVerdict(): 'ok' | string;
  /** Stores a worker count durably. */
  keepWorkers(count: number): Promise<void>;
  log(line: string): void;
}

const ITEM_PATH = /^\/items\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const ITEM_LIMIT_BYTES = 64 * 1024;
const ADMIN_LIMIT_BYTES = 1024;
/** Names the region that answered; the load client's ledger keeps it. */
export const REGION_HEADER = 'x-region';

/** The server, not yet listening. */
export function createService(parts: ServiceParts): Server {
  const server = createServer((request, response) => {
    response.setHeader(REGION_HEADER, parts.region);
    answer(parts, request, response).catch((error: unknown) => {
      parts.log(`request failed: ${error instanceof Error ? error.name : typeof error}`);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'unexpected' });
    });
  });
  // Longer than the load balancer keeps an idle connection: whoever closes first races with the other's next request.
  server.keepAliveTimeout = 120_000;
  return server;
}

async function answer(parts: ServiceParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/health') {
    const health = healthNow(parts);
    return sendJson(response, health.healthy ? 200 : 503, health);
  }
  if (path.startsWith('/admin/')) return answerAdmin(parts, path, request, response);
  if (!path.startsWith('/items/')) return sendJson(response, 404, { error: 'no-such-path' });
  return answerItem(parts, path, request, response);
}

function healthNow(parts: ServiceParts) {
  return healthOf({
    region: parts.region,
    admission: parts.marker.admission(),
    store: parts.storeVerdict(),
    workers: parts.capacity.workers(),
    capacityPerWorker: parts.capacityPerWorker,
    rps: parts.arrivals.perSecond(),
  });
}

async function answerItem(
  parts: ServiceParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  parts.arrivals.count();
  const admission = parts.marker.admission();
  if (!admission.admitted) return sendJson(response, 503, { error: 'not-admitted', why: admission.why });
  if (!parts.capacity.take()) return sendJson(response, 503, { error: 'overloaded' });
  const id = ITEM_PATH.exec(path)?.[1]?.toLowerCase();
  if (id === undefined) return sendJson(response, 400, { error: 'not-a-uuid' });
  if (request.method === 'GET') return getItem(parts, id, response);
  if (request.method === 'PUT') return putItem(parts, id, request, response);
  return sendJson(response, 405, { error: 'method-not-allowed' });
}

async function getItem(parts: ServiceParts, id: string, response: ServerResponse): Promise<void> {
  const stored = await parts.items.get(id);
  if (!stored.ok) return sendJson(response, 503, { error: 'store-unavailable', why: stored.reason });
  if (stored.value === undefined) return sendJson(response, 404, { error: 'no-such-item' });
  // The body goes out as it came in, byte for byte, so that a reader can compare hashes.
  const body = Buffer.from(stored.value.body, 'utf8');
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-written-at': stored.value.writtenAt.toISOString(),
    'x-written-in': stored.value.region,
  });
  response.end(body);
}

async function putItem(
  parts: ServiceParts,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, ITEM_LIMIT_BYTES);
  if (!body.ok) return sendJson(response, body.status, { error: body.status === 413 ? 'too-large' : 'not-utf-8' });
  if (parseJson(body.text) === undefined) return sendJson(response, 400, { error: 'not-json' });
  const stored = await parts.items.put(id, body.text);
  if (!stored.ok) return sendJson(response, 503, { error: 'store-unavailable', why: stored.reason });
  sendJson(response, 201, { id, region: parts.region });
}

async function answerAdmin(
  parts: ServiceParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!bearerMatches(request, parts.token)) return sendJson(response, 401, { error: 'token' });
  if (request.method !== 'POST') return sendJson(response, 405, { error: 'method-not-allowed' });
  const body = await readBody(request, ADMIN_LIMIT_BYTES);
  if (!body.ok) return sendJson(response, body.status, { error: 'body' });
  switch (path) {
    case '/admin/readmit':
      await parts.marker.readmit();
      parts.log('admin: readmitted');
      return sendJson(response, 200, healthNow(parts));
    case '/admin/withhold':
      await parts.marker.withhold();
      parts.log('admin: withheld');
      return sendJson(response, 200, healthNow(parts));
    case '/admin/workers': {
      const asked = parseJson(body.text);
      const count = typeof asked === 'object' && asked !== null && 'count' in asked ? asked.count : undefined;
      if (!isWorkerCount(count, parts.maxWorkers)) {
        return sendJson(response, 400, {
          error: 'count',
          why: `count must be a whole number, 1 to ${parts.maxWorkers}`,
        });
      }
      await parts.keepWorkers(count);
      parts.capacity.resize(count);
      parts.log(`admin: ${count} workers`);
      return sendJson(response, 200, healthNow(parts));
    }
    default:
      return sendJson(response, 404, { error: 'no-such-path' });
  }
}
