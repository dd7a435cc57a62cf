/**
 * Pins: what the service refuses (not admitted, overloaded, no token, bad input), and that health says why.
 */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCapacity, createRateMeter } from '../../../../lab/product/service/capacity.ts';
import { listen } from '../../../../lab/product/service/http.ts';
import type { Item, Items } from '../../../../lab/product/service/items.ts';
import { openMarker, writeAdmitted } from '../../../../lab/product/service/marker.ts';
import { createService } from '../../../../lab/product/service/server.ts';
import { readWorkers, writeWorkers } from '../../../../lab/product/service/workers.ts';

const TOKEN = 'a-token-of-the-lab';
let folder: string;
let server: Server;
let base: string;
let store: 'ok' | string;

/** A store in memory; it is away while `store` is not 'ok'. */
function memoryItems(): Items {
  const rows = new Map<string, Item>();
  const away = () => ({ ok: false as const, reason: store });
  return {
    async put(id, body) {
      if (store !== 'ok') return away();
      rows.set(id, { body, writtenAt: new Date(0), region: 'us-central1' });
      return { ok: true, value: undefined };
    },
    async get(id) {
      return store === 'ok' ? { ok: true, value: rows.get(id) } : away();
    },
    async probe() {
      return store === 'ok' ? { ok: true, value: undefined } : away();
    },
    reconnect() {},
    async close() {},
  };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-service-'));
  store = 'ok';
  await writeAdmitted(folder);
  const marker = openMarker(folder);
  await marker.start();
  // The clock stands, so that exactly 2 * 5 requests fit.
  server = createService({
    region: 'us-central1',
    capacityPerWorker: 5,
    maxWorkers: 16,
    token: TOKEN,
    marker,
    items: memoryItems(),
    capacity: createCapacity(2, 5, () => 0),
    arrivals: createRateMeter(() => 0),
    storeVerdict: () => store,
    keepWorkers: (count) => writeWorkers(folder, count),
    log: () => undefined,
  });
  await listen(server, 0, '127.0.0.1');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const put = (id: string, body: string) => fetch(`${base}/items/${id}`, { method: 'PUT', body });
const admin = (path: string, body = '', token = TOKEN) =>
  fetch(`${base}/admin/${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });

describe('items', () => {
  it('come back byte for byte, with the region that answered', async () => {
    const body = '{ "z": 1,  "a": "ü" }';
    const id = randomUUID();
    const written = await put(id, body);
    expect(written.status).toBe(201);
    expect(written.headers.get('x-region')).toBe('us-central1');
    const read = await fetch(`${base}/items/${id.toUpperCase()}`);
    expect([read.status, await read.text()]).toEqual([200, body]);
  });

  it('refuse what is not a UUID, not JSON, too large, unknown', async () => {
    expect((await put('not-a-uuid', '{}')).status).toBe(400);
    expect((await put(randomUUID(), 'no json')).status).toBe(400);
    expect((await put(randomUUID(), JSON.stringify('x'.repeat(70_000)))).status).toBe(413);
    expect((await fetch(`${base}/items/${randomUUID()}`)).status).toBe(404);
    expect((await fetch(`${base}/items/${randomUUID()}`, { method: 'DELETE' })).status).toBe(405);
  });

  it('are refused above the capacity, and taken again with more workers only as time passes', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) statuses.push((await fetch(`${base}/items/${randomUUID()}`)).status);
    expect(statuses).toEqual([...Array(10).fill(404), 503, 503]);
  });

  it('answer 503 while the store is away', async () => {
    store = 'OperationTimedOutError';
    const written = await put(randomUUID(), '{}');
    expect([written.status, await written.json()]).toEqual([503, { error: 'store-unavailable', why: store }]);
  });
});

describe('admission', () => {
  it('withheld refuses items and health, and readmit brings both back', async () => {
    expect((await admin('withhold')).status).toBe(200);
    expect((await put(randomUUID(), '{}')).status).toBe(503);
    const ill = await fetch(`${base}/health`);
    expect([ill.status, await ill.json()]).toEqual([503, expect.objectContaining({ admitted: false, healthy: false })]);
    expect((await admin('readmit')).status).toBe(200);
    const well = await fetch(`${base}/health`);
    expect([well.status, await well.json()]).toEqual([
      200,
      {
        healthy: true,
        why: 'serving',
        region: 'us-central1',
        workers: 2,
        capacityPerWorker: 5,
        admitted: true,
        rps: 0,
      },
    ]);
  });

  it('admitted with the store away is not healthy', async () => {
    store = 'the store took 900 ms';
    const health = await fetch(`${base}/health`);
    expect([health.status, await health.json()]).toEqual([
      503,
      expect.objectContaining({ healthy: false, admitted: true, why: store }),
    ]);
  });
});

describe('admin', () => {
  it('needs the token', async () => {
    for (const wrong of ['', 'x', `${TOKEN}x`, TOKEN.slice(1)]) {
      expect((await admin('withhold', '', wrong)).status).toBe(401);
    }
    expect((await fetch(`${base}/admin/withhold`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${base}/health`)).status).toBe(200);
  });

  it('keeps the worker count across restarts, and refuses what is none', async () => {
    expect((await admin('workers', '{"count": 7}')).status).toBe(200);
    expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ workers: 7 });
    for (const bad of ['{"count": 0}', '{"count": 17}', '{"count": 1.5}', '{"count": "3"}', '{}', 'no']) {
      expect((await admin('workers', bad)).status).toBe(400);
    }
    expect(await readWorkers(folder, 2, 16)).toBe(7);
  });
});
