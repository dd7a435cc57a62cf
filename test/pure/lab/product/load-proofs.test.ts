/**
 * Pins: a proof never passes because nothing was asked, nothing was there, or a datacentre was away.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { passing } from '../../../../lab/product/failure.ts';
import { loadClient } from '../../../../lab/product/load/client.ts';
import { createCounters } from '../../../../lab/product/load/counters.ts';
import type { Datacentre, Presence } from '../../../../lab/product/load/datacentre.ts';
import { bodyHash, type Ledger, type LedgerEntry } from '../../../../lab/product/load/ledger.ts';
import { pick } from '../../../../lab/product/load/proofs.ts';
import { keepAliveAgent } from '../../../../lab/product/load/request.ts';
import { createLoadServer } from '../../../../lab/product/load/server.ts';
import { listen } from '../../../../lab/product/service/http.ts';

const US = 'us-central1';
const EU = 'europe-west1';
const body = (id: string) => JSON.stringify({ id });

function entryOf(region = US): LedgerEntry {
  const id = randomUUID();
  return { id, at: '2026-01-01T00:00:00.000Z', region, hash: bodyHash(body(id)) };
}

/** Two datacentres and the service of the survivor, in memory. */
interface World {
  entries: LedgerEntry[];
  rows: Record<string, Map<string, string>>;
  /** Regions that cannot be asked. */
  away: Set<string>;
  /** Ids that the service denies although they are there. */
  denied: Set<string>;
  /** How often an absent row is asked for before it arrives. */
  arrivesAfter: number;
  /** Whether the service tells its room, so that a proof may hurry. */
  tellsRoom: boolean;
}

let world: World;
let servers: Server[];
let client: ReturnType<typeof loadClient>;
let agent: ReturnType<typeof keepAliveAgent>;

function presence(region: string): Datacentre['presence'] {
  return async (entry): Promise<Presence> => {
    if (world.away.has(region)) throw passing('datacentre-unreachable', 'no quorum', region, 'wait');
    const found = world.rows[region]?.get(entry.id);
    if (found === undefined && world.arrivesAfter-- === 1) world.rows[region]?.set(entry.id, body(entry.id));
    if (found === undefined) return 'absent';
    return bodyHash(found) === entry.hash ? 'present' : 'mismatched';
  };
}

async function serve(server: Server): Promise<string> {
  await listen(server, 0, '127.0.0.1');
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  servers = [];
  agent = keepAliveAgent();
  const entries = Array.from({ length: 30 }, () => entryOf());
  const rows = () => new Map(entries.map(({ id }) => [id, body(id)]));
  world = {
    entries,
    rows: { [US]: rows(), [EU]: rows() },
    away: new Set(),
    denied: new Set(),
    arrivesAfter: 0,
    tellsRoom: true,
  };
  const service = createServer((request, response) => {
    if (request.url === '/health') {
      response.writeHead(world.tellsRoom ? 200 : 503).end('{"workers": 10, "capacityPerWorker": 100, "rps": 0}');
      return;
    }
    const id = request.url?.split('/').at(-1) ?? '';
    const row = world.denied.has(id) ? undefined : world.rows[EU]?.get(id);
    response.writeHead(row === undefined ? 404 : 200, { 'x-region': EU }).end(row);
  });
  const target = await serve(service);
  const ledger: Ledger = {
    entries: () => world.entries,
    append: async (it) => void world.entries.push(it),
    close: async () => undefined,
  };
  const runner = {
    rps: () => 0,
    setRps: () => undefined,
    paused: () => false,
    setPaused: () => undefined,
    stop: async () => undefined,
  };
  const load = createLoadServer({
    target,
    inside: {},
    services: { [EU]: target },
    settleMs: 5,
    regions: [US, EU],
    agent,
    ledger,
    counters: createCounters(Date.now),
    runner,
    open: async (region) => ({ presence: presence(region), close: async () => undefined }),
  });
  client = loadClient(await serve(load));
});
afterEach(async () => {
  agent.destroy();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const first = () => world.entries[0] as LedgerEntry;

describe('/proofs/readable', () => {
  it('holds when every item reads back', async () => {
    expect(await client.readable({ all: true })).toMatchObject({
      ok: true,
      checked: 30,
      readBack: 30,
      absent: 0,
      answeredBy: { [EU]: 30 },
    });
  });

  it('holds with stranded items, and counts them', async () => {
    world.rows[EU]?.delete(first().id);
    expect(await client.readable({ all: true, region: EU })).toMatchObject({
      ok: true,
      readBack: 29,
      absent: 1,
      ids: { absent: [first().id] },
    });
  });

  it('does not hold when an item is there and the service denies it', async () => {
    world.denied.add(first().id);
    expect(await client.readable({ all: true })).toMatchObject({
      ok: false,
      unreadable: 1,
      ids: { unreadable: [first().id] },
    });
  });

  it('does not hold when an item comes back changed', async () => {
    world.rows[EU]?.set(first().id, '{}');
    expect(await client.readable({ all: true })).toMatchObject({ ok: false, unreadable: 1 });
  });

  it('does not hold when the survivor is empty', async () => {
    world.rows[EU]?.clear();
    expect(await client.readable({ all: true })).toMatchObject({ ok: false, readBack: 0, absent: 30 });
  });

  it('does not hold for an empty ledger', async () => {
    world.entries = [];
    expect(await client.readable()).toMatchObject({ ok: false, measured: true, acked: 0 });
  });

  it('is not measured when the datacentre of a missing item is away', async () => {
    world.rows[EU]?.delete(first().id);
    world.away.add(EU);
    expect(await client.readable({ all: true })).toMatchObject({ ok: false, measured: false });
  });

  it('asks only for what was acknowledged before the mark', async () => {
    await client.mark('fault');
    world.entries.push({ ...entryOf(), at: '2100-01-01T00:00:00.000Z' });
    expect(await client.readable({ all: true })).toMatchObject({ ok: true, acked: 30 });
  });

  it('says how much of the sample it could not ask for in time', async () => {
    world.tellsRoom = false;
    const proof = await client.readable({ budgetMs: 200 });
    expect(proof).toMatchObject({ ok: true, picked: 30 });
    // 20 a second when no service tells its room.
    expect(proof).toHaveProperty('checked', 4);
  });
});

describe('/proofs/lost', () => {
  it('holds when both datacentres have every row', async () => {
    expect(await client.lost()).toMatchObject({ ok: true, lost: 0, acked: 30 });
  });

  it('waits for a row that is on its way', async () => {
    world.rows[EU]?.delete(first().id);
    world.arrivesAfter = 2;
    expect(await client.lost()).toMatchObject({ ok: true, lost: 0 });
  });

  it('counts a row that is absent in one datacentre, and one that changed in the other', async () => {
    const changed = world.entries[1] as LedgerEntry;
    world.rows[EU]?.delete(first().id);
    world.rows[US]?.set(changed.id, '{}');
    const proof = await client.lost();
    expect(proof).toMatchObject({ ok: false, measured: true, lost: 2 });
    expect('ids' in proof && new Set(proof.ids)).toEqual(new Set([first().id, changed.id]));
  });

  it('is not measured when a datacentre is away, whatever the other lacks', async () => {
    world.rows[US]?.clear();
    world.away.add(EU);
    expect(await client.lost()).toMatchObject({ ok: false, measured: false, reason: expect.stringContaining(EU) });
  });
});

describe('/compare and /proofs/stranded', () => {
  it('tell which region had acknowledged what is absent', async () => {
    world.rows[EU]?.delete(first().id);
    expect(await client.compare(EU)).toMatchObject({ acked: 30, absent: 1, ids: [first().id], absentBy: { [US]: 1 } });
    expect(await client.stranded(EU)).toMatchObject({ ok: true, stranded: 1 });
  });

  it('refuse an away datacentre, never as absent rows', async () => {
    world.away.add(EU);
    await expect(client.compare(EU)).rejects.toMatchObject({
      type: 'load-refused',
      message: expect.stringContaining('503'),
    });
    expect(await client.stranded(EU)).toMatchObject({ ok: false, measured: false });
  });
});

describe('bad requests', () => {
  it('are refused with 400', async () => {
    await expect(client.rate(-1)).rejects.toThrow('400');
    await expect(client.writeIn('mars', 1)).rejects.toThrow('no region mars');
    await expect(client.readable({ region: 'mars' })).rejects.toThrow('400');
    await expect(client.readable({ mark: 'never' })).rejects.toThrow('400');
    await expect(client.writeIn(US, 0)).rejects.toThrow('400');
  });
});

describe('the sample', () => {
  it('has half the newest and half of the others, none twice', () => {
    const entries = Array.from({ length: 500 }, () => entryOf());
    const picked = pick(entries, 100);
    expect(new Set(picked).size).toBe(100);
    const newest = new Set(entries.slice(-50));
    expect(picked.filter((entry) => newest.has(entry))).toHaveLength(50);
    expect(pick(entries, undefined)).toHaveLength(500);
    expect(pick(entries, 101)).toHaveLength(101);
  });
});
