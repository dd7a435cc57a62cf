/**
 * Pins: the bot as a process says when it is ready, lives on while Temporal was never there and Slack goes away and
 * comes back, and ends on SIGTERM with nothing left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { newKeyPair } from '../../kernel/keys.ts';
import { slackPerson, slackSteering } from '../../lab/slack/client.ts';
import { SlackConfig } from '../../lab/slack/config.ts';
import { type SlackStandIn, startSlackStandIn } from '../../lab/slack/stand-in.ts';

const TOKENS = { botToken: 'xoxb-lab', appToken: 'xapp-lab', signingSecret: 'secret-of-the-lab' };
const WAIT_MS = 30_000;
const MAIN = new URL('../../slackbot/main.ts', import.meta.url).pathname;

let folder: string;
let standIn: SlackStandIn;
let child: ChildProcess | undefined;

async function startStandIn(port: number): Promise<SlackStandIn> {
  const config = SlackConfig.parse({
    address: '127.0.0.1',
    port,
    folder: join(folder, 'slack'),
    team: 'T01LAB',
    app: 'A01LAB',
    people: { ada: { slack: 'U01ADA', name: 'Ada' } },
    channel: 'C01OPS',
    tokensFile: 'unused',
  });
  return startSlackStandIn(config, TOKENS);
}

/** A configuration of the lab's example, with a key of its own and a Temporal that is not there. */
async function writeSetup(slackApiUrl: string): Promise<string> {
  const key = newKeyPair();
  const example = await readFile(new URL('../../examples/lab.yaml', import.meta.url), 'utf8');
  const estate = example
    .replace(/(bots:\s+slack: \{ keys: \[)'ed25519:[A-Za-z0-9_-]+'/, `$1'${key.publicKey}'`)
    .replace(/(temporal: \{ address: )'[^']+'/, "$1'127.0.0.1:1'");
  expect(estate).toContain(key.publicKey);
  expect(estate).toContain("'127.0.0.1:1'");
  const file = (name: string) => join(folder, name);
  await writeFile(file('estate.yaml'), estate);
  await writeFile(file('bot.key'), `${key.privateKey}\n`, { mode: 0o600 });
  await writeFile(file('tokens.json'), JSON.stringify(TOKENS), { mode: 0o600 });
  const config = {
    estate: file('estate.yaml'),
    folder: file('bot'),
    botKeyFile: file('bot.key'),
    tokensFile: file('tokens.json'),
    slackApiUrl,
    http: { address: '127.0.0.1', port: 0 },
  };
  await writeFile(file('bot.json'), JSON.stringify(config));
  return file('bot.json');
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slackbot-process-'));
  standIn = await startStandIn(0);
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
  expect(await health()).toMatchObject({ ready: true, slack: 'connected', temporal: 'does not answer' });

  const port = Number(new URL(standIn.url).port);
  await standIn.stop();
  standIn = await startStandIn(port);
  const steering = slackSteering(standIn.url);
  await steering.waitForState(({ sockets }) => sockets === 1, WAIT_MS);
  const ada = slackPerson(standIn.url, 'ada');
  await ada.slash('list');
  await ada.waitForMessage((one) => one.ephemeral && one.text.includes('Temporal does not answer'), WAIT_MS);

  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(await readdir(join(folder, 'bot'))).toEqual([]);
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
