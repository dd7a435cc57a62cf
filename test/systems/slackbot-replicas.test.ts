/**
 * Pins: of two bots against one Temporal one posts; when it is killed in the middle the other goes on, and nothing stands
 * in Slack twice or is missing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type SeenMessage, type SlackSteering, slackSteering } from '../../lab/standins/slack/client.ts';
import type { SlackStandIn } from '../../lab/standins/slack/stand-in.ts';
import { startStandIn, writeBotFiles } from '../slackbot/bot-files.ts';
import { copiesIn, isKind, tagOf } from '../slackbot/messages.ts';
import { type Harness, startHarness } from './client-harness.ts';

const GRANT_MS = 1_500;
const WAIT_MS = 60_000;
const ENTRY = new URL('../slackbot/bot-process.ts', import.meta.url).pathname;

interface Replica {
  readonly process: ChildProcess;
  posts(): Promise<boolean>;
  /** Ends it with a signal, and waits until it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

let harness: Harness;
let standIn: SlackStandIn;
let steering: SlackSteering;
let config: string;
let replicas: Replica[];
let lines: (() => void)[];

beforeAll(async () => {
  harness = await startHarness();
  await harness.startWorkers();
}, 60_000);
afterAll(async () => harness.close(), 60_000);

beforeEach(async () => {
  replicas = [];
  lines = [];
  standIn = await startStandIn(harness.folder);
  steering = slackSteering(standIn.url);
  const estate = await readFile(join(harness.folder, 'estate.yaml'), 'utf8');
  config = await writeBotFiles(harness.folder, estate, `${standIn.url}/api/`);
});
afterEach(async () => {
  for (const one of replicas) await one.end('SIGKILL');
  for (const close of lines) close();
  await standIn.stop();
});

async function startReplica(grantMs = GRANT_MS, file = config): Promise<Replica> {
  const child = spawn(process.execPath, [ENTRY, file, String(grantMs)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '', TEMPORAL_ADDRESS: harness.address },
  });
  const replica: Replica = {
    process: child,
    posts: async () => ((await (await fetch(url)).json()) as { posts: boolean }).posts,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
  replicas.push(replica);
  const [ready] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = ready.slice(ready.indexOf('http://'), -1);
  return replica;
}

/** A line to `target` of which one end stays open when it is cut: calls then hang, as behind a firewall. */
async function openLine(target: string): Promise<{ readonly url: string; cut(): void }> {
  const { hostname, port } = new URL(target);
  const sockets: Socket[] = [];
  let isCut = false;
  const server = createServer((near) => {
    sockets.push(near);
    near.on('error', () => undefined);
    if (isCut) return;
    const far = connect(Number(port), hostname);
    sockets.push(far);
    far.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lines.push(() => {
    for (const one of sockets) one.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      for (const one of sockets) one.unpipe();
    },
  };
}

/** Asks until it holds; a test that waits in vain fails by its own time limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function startRun(requestId: string): Promise<string> {
  const ada = await harness.as('ada');
  const input = { from: 'us-central1' };
  const { request } = await ada.start({ runbook: 'failover', input, mode: 'live', by: 'ada', requestId });
  await ada.close();
  return request.run;
}

it('when the one that posts is killed the other goes on, and nothing is posted twice', async () => {
  const first = await startReplica();
  await until(first.posts);
  const second = await startReplica();
  const run = await startRun('killed-bot');
  await steering.waitForState(({ messages }) => messages.some(isKind('gate')), WAIT_MS);
  expect([await first.posts(), await second.posts()]).toEqual([true, false]);

  const ben = await harness.as('ben');
  await ben.approve({ run, by: 'ben' });
  await steering.waitForState(({ messages }) => messages.some(isKind('log')), WAIT_MS);
  await first.end('SIGKILL');
  const isDone = (state: { messages: readonly Parameters<typeof tagOf>[0][] }) =>
    state.messages.some((one) => isKind('card')(one) && tagOf(one).final === true);
  const { messages } = await steering.waitForState(isDone, WAIT_MS);
  expect(await second.posts()).toBe(true);

  const { status, timeline } = await ben.state(run);
  await ben.close();
  expect(status).toBe('done');
  expect(copiesIn(messages)).toEqual([1]);
  // Each line of the log once, and none left out.
  const lines = messages.filter(isKind('log')).flatMap((one) => {
    const [from = 0, to = 0] = String(tagOf(one).item).split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  expect(lines.toSorted((a, b) => a - b)).toEqual(timeline.map((_, index) => index));
}, 180_000);

it('one that Slack does not answer gives the turn to post to the other, and the gate is announced', async () => {
  const line = await openLine(standIn.url);
  const cutOff = join(harness.folder, 'bot-behind-a-line.json');
  const settings = JSON.parse(await readFile(config, 'utf8')) as object;
  await writeFile(cutOff, JSON.stringify({ ...settings, slackApiUrl: `${line.url}/api/` }));
  const longMs = 60_000;
  const first = await startReplica(longMs, cutOff);
  await until(first.posts);
  const second = await startReplica(GRANT_MS);
  line.cut();
  const run = await startRun('cut-off-bot');
  const isGate = (one: SeenMessage) => isKind('gate')(one) && tagOf(one).run === run;
  const { messages } = await steering.waitForState(({ messages }) => messages.some(isGate), WAIT_MS);
  expect([await first.posts(), await second.posts()]).toEqual([false, true]);
  expect(messages.filter(isGate)).toHaveLength(1);
}, 120_000);

it('one that ends by itself gives the turn to post back, so that nobody waits for its time to run out', async () => {
  const longMs = 60_000;
  const only = await startReplica(longMs);
  await until(only.posts);
  const ada = await harness.as('ada');
  expect(await ada.post({ bot: 'another', forMs: 1 })).toMatchObject({ granted: false });
  await only.end('SIGTERM');
  expect(await ada.post({ bot: 'another', forMs: 1 })).toMatchObject({ granted: true });
  await ada.close();
}, 60_000);
