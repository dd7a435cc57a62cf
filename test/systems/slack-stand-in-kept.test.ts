/** Pins: what the stand-in has acknowledged is kept as Slack keeps it, and only the estate's people are acted for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { slackPerson, textOf } from '../../lab/standins/slack/client.ts';
import { TOKENS } from '../slackbot/bot-files.ts';
import { CHANNEL, openStage, type Stage } from './slack-stand-in-harness.ts';

let stage: Stage;
let web: WebClient;

beforeEach(async () => {
  stage = await openStage();
  ({ web } = stage);
});
afterEach(async () => stage.close());

describe('what is kept', () => {
  it('metadata comes back only where it is asked for', async () => {
    const metadata = { event_type: 'lifeboat_run', event_payload: { run: 'r1' } };
    await web.chat.postMessage({ channel: CHANNEL, text: 'card', metadata });
    const without = await web.conversations.history({ channel: CHANNEL });
    const asked = await web.conversations.history({ channel: CHANNEL, include_all_metadata: true });
    expect(without.messages?.[0]?.metadata).toBeUndefined();
    expect(asked.messages?.[0]?.metadata).toEqual(metadata);
  });

  it('replies belong to their thread, in order', async () => {
    const { ts } = await stage.postCard();
    const thread_ts = String(ts);
    for (const text of ['first', 'second']) await web.chat.postMessage({ channel: CHANNEL, thread_ts, text });
    const { messages } = await web.conversations.replies({ channel: CHANNEL, ts: thread_ts });
    expect(messages?.slice(1).map(({ text }) => text)).toEqual(['first', 'second']);
    expect(messages?.[0]).toMatchObject({ ts, reply_count: 2 });
    expect((await web.conversations.history({ channel: CHANNEL })).messages).toHaveLength(1);
    expect(textOf(messages?.[0]?.blocks)).toContain('Review…');
  });

  it('a process killed with -9 has all that it acknowledged when it starts again', async () => {
    await writeFile(join(stage.folder, 'tokens.json'), JSON.stringify(TOKENS));
    const config = join(stage.folder, 'config.json');
    await writeFile(config, JSON.stringify(stage.configOf({ folder: join(stage.folder, 'process') })));
    const start = async () => {
      const child = spawn(process.execPath, ['lab/standins/slack/main.ts', '--config', config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stage.afterwards(() => child.kill('SIGKILL'));
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      return { child, url: line.split(' at ')[1] ?? '' };
    };
    const first = await start();
    const slackApiUrl = `${first.url}/api/`;
    await new WebClient(TOKENS.botToken, { slackApiUrl }).chat.postMessage({ channel: CHANNEL, text: 'acknowledged' });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await start();
    expect((await fetch(`${second.url}/health`)).status).toBe(200);
    expect((await slackPerson(second.url, 'ada').messages()).map(({ text }) => text)).toEqual(['acknowledged']);
    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
  }, 20_000);
});

describe('the steering', () => {
  it('refuses a page of another origin', async () => {
    const response = await fetch(`${stage.url}/test/slash`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: JSON.stringify({ user: 'ada', command: '/lifeboat', text: 'run failover' }),
    });
    expect(response.status).toBe(403);
  });

  it('does not act for somebody whom the workspace does not know', async () => {
    await expect(slackPerson(stage.url, 'mallory').slash('list')).rejects.toMatchObject({ type: 'slack-steering' });
  });
});
