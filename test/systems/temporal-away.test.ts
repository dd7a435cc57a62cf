/**
 * Failure modes pinned: a bot that starts while Temporal is away and never finds it when it comes; one that hangs
 * instead of saying so; a connection that does not come back after it was lost.
 */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Lifeboat } from '../../client/api.ts';
import { openLifeboat } from '../../client/connect.ts';
import { noSigner } from '../../client/keys.ts';
import { exampleEstate } from '../pure/estate/estate-fixture.ts';
import { devServer } from '../workflows/harness/server.ts';

/** A call ends in 5 s and a second look in 1.5 s; reconnecting is tried every 5 s. */
const BACK_WITHIN_MS = 20_000;

let environment: TestWorkflowEnvironment;
let lifeboat: Lifeboat;
let port = 0;
let way: Server | undefined;
const sockets = new Set<Socket>();

/** Lets the way to Temporal stand, at the same port each time. */
async function appear(): Promise<void> {
  const [host = '', real = ''] = environment.address.split(':');
  way = createServer((near) => {
    const far = connectSocket(Number(real), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  }).listen(port, '127.0.0.1');
  await once(way, 'listening');
  const address = way.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
}

async function vanish(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (way?.listening !== true) return;
  way.close();
  await once(way, 'close');
}

async function answersWithin(limitMs: number): Promise<void> {
  for (const until = Date.now() + limitMs; ; ) {
    try {
      await lifeboat.list({ limit: 1 });
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

beforeAll(async () => {
  environment = await devServer();
  await appear();
  await vanish();
  const estate = exampleEstate('lab');
  const temporal = { ...estate.temporal, address: `127.0.0.1:${port}` };
  lifeboat = await openLifeboat({
    estate: { ...estate, temporal: { address: temporal.address, namespace: environment.namespace ?? 'default' } },
    digest: 'd'.repeat(64),
    signer: noSigner(),
    environment: {},
    lazy: true,
  });
}, 120_000);

afterAll(async () => {
  await lifeboat?.close();
  await vanish();
  await environment?.teardown();
});

it('a lazy connection says that Temporal is away, finds it when it comes, and again after it was lost', async () => {
  await expect(lifeboat.list({ limit: 1 })).rejects.toMatchObject({ type: 'temporal-unreachable', retryable: true });
  await appear();
  await answersWithin(BACK_WITHIN_MS);
  await vanish();
  await expect(lifeboat.list({ limit: 1 })).rejects.toMatchObject({ type: 'temporal-unreachable' });
  await appear();
  await answersWithin(BACK_WITHIN_MS);
}, 90_000);
