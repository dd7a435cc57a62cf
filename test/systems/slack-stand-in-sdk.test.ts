/**
 * Pins: the stand-in answers a client that nobody here wrote, Slack's own for Python: calls without arguments, posts,
 * edits, threads, pages, files, refusals, rate limits, and Socket Mode. Our own client and our own stand-in could agree
 * on what Slack never does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { obtainSlackSdk } from '../../lab/obtain/tools.ts';
import { TOKENS } from '../slackbot/bot-files.ts';
import { CHANNEL, openStage, type Stage } from './slack-stand-in-harness.ts';

const PROGRAM = fileURLToPath(new URL('slack-sdk-drives.py', import.meta.url));

let stage: Stage;
let program: ChildProcess;
let found: { readonly [what: string]: unknown };

beforeAll(async () => {
  const { python, folder } = await obtainSlackSdk();
  // Longer than Slack waits: a second delivery is pinned elsewhere, and would be heard here on a machine with much to do.
  stage = await openStage({}, 20_000);
  program = spawn(python, [PROGRAM], { env: { ...process.env, PYTHONPATH: folder }, stdio: 'pipe' });
  let said = '';
  let complained = '';
  program.stdout?.on('data', (chunk: Buffer) => {
    const before = said;
    said += String(chunk);
    if (!before.includes('listening') && said.includes('listening')) void speak();
  });
  program.stderr?.on('data', (chunk: Buffer) => {
    complained += String(chunk);
  });
  program.stdin?.end(`${JSON.stringify({ api: `${stage.url}/api/`, channel: CHANNEL, ...TOKENS })}\n`);
  const [code] = await once(program, 'close');
  if (code !== 0) throw new Error(`${PROGRAM}: ${complained}`);
  found = JSON.parse(said.slice(said.indexOf('\n') + 1)) as typeof found;
}, 120_000);

afterAll(async () => {
  program?.kill('SIGKILL');
  await stage?.close();
});

/** Two commands, and between them the line is recycled as Slack does it. */
async function speak(): Promise<void> {
  const { steering, ada } = stage;
  await steering.waitForState(({ sockets }) => sockets === 1);
  await ada.slash('first');
  await steering.dropSockets('announced');
  await steering.waitForState(({ sockets }) => sockets === 1);
  await ada.slash('second');
}

it('calls without arguments are answered: their bodies are empty', () => {
  expect(found).toMatchObject({ auth: 'U01BOT', members: ['U01ADA', 'U01BEN', 'U01BOT'], info: 'Ada' });
});

it('posts, edits, threads, metadata, pages and links', () => {
  expect(found).toMatchObject({
    thread: ['edited', 'reply'],
    metadata: { n: 1 },
    pages: [['edited']],
    link: true,
  });
});

it('files are sent and shared in a thread, each with the bytes it had', async () => {
  expect(found).toMatchObject({
    files: ['Report', 'Raw'],
    shared: ['the report', ['report.md', 'raw.bin'], [expect.anything(), expect.anything()]],
  });
  const [, , urls] = found.shared as [string, string[], string[]];
  const bytes = await Promise.all(urls.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())));
  expect(bytes).toEqual([Buffer.from('# as it was'), Buffer.of(0, 255, 0)]);
  expect(found.fileRefusals).toEqual([
    'file_not_found',
    'file_not_found',
    'file_upload_size_restricted',
    'invalid_arguments',
  ]);
});

it('refuses by name, and limits with a time', () => {
  expect(found.refusals).toEqual([
    'invalid_auth',
    'not_allowed_token_type',
    'not_allowed_token_type',
    'channel_not_found',
    'message_not_found',
    'thread_not_found',
    'unknown_method',
  ]);
  expect(found.limited).toEqual({ error: 'ratelimited', status: 429, retryAfter: '1' });
});

it('hears commands over Socket Mode, also after the line was recycled, and its answers are shown', async () => {
  expect(found.heard).toEqual([
    ['slash_commands', 'first', 'U01ADA'],
    ['slash_commands', 'second', 'U01ADA'],
  ]);
  const texts = (await stage.ada.messages()).map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(['heard first', 'heard second']));
});
