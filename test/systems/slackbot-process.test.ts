/**
 * Pins: the bot as a process says when it is ready, lives on while Temporal was never there and Slack goes away and
 * comes back, and ends on SIGTERM.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { slackPerson, slackSteering } from '../../lab/standins/slack/client.ts';
import type { SlackStandIn } from '../../lab/standins/slack/stand-in.ts';
import { startStandIn, TOKENS, writeBotFiles } from '../slackbot/bot-files.ts';

const WAIT_MS = 30_000;
const MAIN = new URL('../../slackbot/main.ts', import.meta.url).pathname;

let folder: string;
let standIn: SlackStandIn;
let child: ChildProcess | undefined;

/** A configuration of the lab's example, with a Temporal that is not there. */
async function writeSetup(slackApiUrl: string): Promise<string> {
  const example = await readFile(new URL('../../examples/lab.yaml', import.meta.url), 'utf8');
  const estate = example.replace(/(temporal: \{ address: )'[^']+'/, "$1'127.0.0.1:1'");
  expect(estate).toContain("'127.0.0.1:1'");
  return writeBotFiles(folder, estate, slackApiUrl);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slackbot-process-'));
  standIn = await startStandIn(folder);
});

afterEach(async () => {
  if (child?.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await standIn.stop();
  await rm(folder, { recursive: true });
});

it('is ready, outlives a Slack that vanishes, and ends on SIGTERM', async () => {
  const config = await writeSetup(`${standIn.url}/api/`);
  child = spawn(process.execPath, [MAIN, '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const log: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new TypeError('both are pipes');
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const [ready] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  expect(ready).toContain('is ready (socket, http://127.0.0.1:');
  const health = async (): Promise<unknown> => (await fetch(ready.slice(ready.indexOf('http'), -1))).json();
  expect(await health()).toMatchObject({
    ready: true,
    slack: 'connected',
    temporal: 'does not answer',
    posts: false,
  });

  const port = Number(new URL(standIn.url).port);
  await standIn.stop();
  standIn = await startStandIn(folder, port);
  const steering = slackSteering(standIn.url);
  await steering.waitForState(({ sockets }) => sockets === 1, WAIT_MS);
  const ada = slackPerson(standIn.url, 'ada');
  await ada.slash('list');
  await ada.waitForMessage((one) => one.ephemeral && one.text.includes('Temporal does not answer'), WAIT_MS);

  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(log.join('\n')).not.toContain(TOKENS.signingSecret);
}, 120_000);

it('refuses a tokens file that others can read', async () => {
  const config = await writeSetup(`${standIn.url}/api/`);
  await rm(join(folder, 'tokens.json'));
  await writeFile(join(folder, 'tokens.json'), JSON.stringify(TOKENS), { mode: 0o644 });
  child = spawn(process.execPath, [MAIN, '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (child.stderr === null) throw new TypeError('it is a pipe');
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(lines.join('\n')).toContain('can be read by others');
}, 60_000);
