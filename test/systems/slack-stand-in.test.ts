/**
 * Pins: the bot's real library (Bolt) works against the stand-in as against Slack, and the stand-in refuses, limits,
 * repeats and breaks as Slack does. A lab that is kinder than Slack would hide what fails on the night it is needed.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import bolt from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { type SlackPerson, type SlackSteering, slackPerson, slackSteering, textOf } from '../../lab/slack/client.ts';
import { SlackConfig } from '../../lab/slack/config.ts';
import { type SlackStandIn, startSlackStandIn } from '../../lab/slack/stand-in.ts';

const TOKENS = { botToken: 'xoxb-lab', appToken: 'xapp-lab', signingSecret: 'secret-of-the-lab' };
const ACK_MS = 400;
const CHANNEL = 'C01OPS';

let folder: string;
let standIn: SlackStandIn;
let steering: SlackSteering;
let ada: SlackPerson;
let ben: SlackPerson;
let web: WebClient;
let skewMs = 0;
let cleanUps: (() => unknown)[] = [];

/** Bolt and the client report every refusal; here refusals are what is tested. */
const quiet: bolt.Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => bolt.LogLevel.ERROR,
  setName: () => undefined,
};

function configOf(more: object = {}): SlackConfig {
  return SlackConfig.parse({
    address: '127.0.0.1',
    port: 0,
    folder: join(folder, 'slack'),
    team: 'T01LAB',
    app: 'A01LAB',
    people: { ada: { slack: 'U01ADA', name: 'Ada' }, ben: { slack: 'U01BEN', name: 'Ben' } },
    channel: CHANNEL,
    tokensFile: join(folder, 'tokens.json'),
    ...more,
  });
}

function clientWith(token: string): WebClient {
  return new WebClient(token, {
    slackApiUrl: `${standIn.url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: quiet,
  });
}

async function begin(more: object = {}): Promise<void> {
  standIn = await startSlackStandIn(configOf(more), TOKENS, { now: () => Date.now() + skewMs, ackMs: ACK_MS });
  steering = slackSteering(standIn.url);
  ada = slackPerson(standIn.url, 'ada');
  ben = slackPerson(standIn.url, 'ben');
  web = clientWith(TOKENS.botToken);
}

beforeEach(async () => {
  skewMs = 0;
  cleanUps = [];
  folder = await mkdtemp(join(tmpdir(), 'slack-stand-in-'));
  await begin();
});

afterEach(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
  await standIn.stop();
  await rm(folder, { recursive: true });
});

/** A Bolt app in Socket Mode, connected; `prepare` registers its listeners. */
async function connectedApp(prepare: (app: bolt.App) => void): Promise<bolt.App> {
  const app = new bolt.App({
    token: TOKENS.botToken,
    appToken: TOKENS.appToken,
    socketMode: true,
    clientOptions: { slackApiUrl: `${standIn.url}/api/` },
    logger: quiet,
  });
  prepare(app);
  await app.start();
  cleanUps.push(async () => {
    await app.stop();
    // Bolt's stop does not wait for the closing handshake, and would keep a timer for a peer that vanished.
    await steering.waitForState(({ sockets }) => sockets === 0);
  });
  await steering.waitForState(({ sockets }) => sockets === 1);
  return app;
}

const loading = {
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'Review' },
  blocks: [{ type: 'section', text: { type: 'plain_text', text: 'Loading…' } }],
};
const filled = {
  ...loading,
  callback_id: 'review',
  submit: { type: 'plain_text' as const, text: 'Approve' },
  blocks: [
    {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Reason' },
      element: { type: 'plain_text_input', action_id: 'reason', min_length: 3 },
    },
  ],
};
const card = [
  { type: 'header', text: { type: 'plain_text', text: 'Failover' } },
  {
    type: 'actions',
    block_id: 'gate',
    elements: [{ type: 'button', action_id: 'review', value: 'gate-7', text: { type: 'plain_text', text: 'Review…' } }],
  },
];

function postCard() {
  return web.chat.postMessage({ channel: CHANNEL, text: 'Failover waits for approval', blocks: card });
}

/** The refusal of a call: its error, and the lines for people. */
async function refusalOf(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  const refused: unknown = await call.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  const { data } = refused as { data?: { error: string; response_metadata?: { messages?: string[] } } };
  if (data === undefined) throw refused;
  return { error: data.error, messages: data.response_metadata?.messages ?? [] };
}

describe('a Bolt app in Socket Mode', () => {
  it('answers a slash command to the person alone, and posts for all', async () => {
    await connectedApp((app) => {
      app.command('/lifeboat', async ({ command, ack, respond, say }) => {
        await ack(`you said ${command.text}`);
        await respond('and privately');
        await say('and to all');
      });
    });
    expect(await ada.slash('list')).toMatchObject({ ok: true });
    await ada.waitForMessage(({ text }) => text === 'and to all');
    const seen = (await ada.messages()).map(({ text, ephemeral }) => [text, ephemeral]);
    expect(seen).toEqual([
      ['you said list', true],
      ['and privately', true],
      ['and to all', false],
    ]);
    expect((await ben.messages()).map(({ text }) => text)).toEqual(['and to all']);
  });

  it('opens a modal from a button, fills it, refuses, and closes it on success', async () => {
    const submitted: unknown[] = [];
    await connectedApp((app) => {
      app.action('review', async ({ ack, body, client }) => {
        await ack();
        const { trigger_id } = body as bolt.BlockAction;
        const { view } = await client.views.open({ trigger_id, view: loading });
        if (view?.id) await client.views.update({ view_id: view.id, hash: view.hash ?? '', view: filled });
      });
      app.view('review', async ({ ack, body, view }) => {
        const reason = view.state.values.why?.reason?.value ?? '';
        submitted.push([body.user.id, reason]);
        if (reason === 'because') await ack();
        else await ack({ response_action: 'errors', errors: { why: 'Say why.' } });
      });
    });
    const { ts } = await postCard();
    expect(await ben.click(String(ts), 'review')).toMatchObject({ ok: true });
    const view = await ben.waitForView((each) => each.callback_id === 'review');
    expect(await ada.openViews()).toEqual([]);
    expect(await ben.submit(view.id, {})).toMatchObject({
      error: 'incomplete',
      errors: { why: expect.stringMatching(/required/) },
    });
    expect(await ben.submit(view.id, { reason: 'no' })).toMatchObject({
      error: 'incomplete',
      errors: { why: expect.stringMatching(/at least 3/) },
    });
    expect(await ben.submit(view.id, { reason: 'nothing' })).toMatchObject({
      error: 'errors',
      errors: { why: 'Say why.' },
    });
    expect(await ben.submit(view.id, { why: 'because' })).toMatchObject({ ok: true });
    expect(await ben.openViews()).toEqual([]);
    expect(submitted).toEqual([
      ['U01BEN', 'nothing'],
      ['U01BEN', 'because'],
    ]);
  });

  it('gets the signed-in person, the message and a trigger with a press, and can answer it', async () => {
    const presses: bolt.BlockAction[] = [];
    await connectedApp((app) => {
      app.action('review', async ({ ack, body, respond }) => {
        await ack();
        presses.push(body as bolt.BlockAction);
        await respond({ text: 'replaced', replace_original: true });
      });
    });
    const { ts } = await postCard();
    await ben.click(String(ts), 'review');
    await ben.waitForMessage((message) => message.ts === ts && message.text === 'replaced');
    expect(presses).toHaveLength(1);
    expect(presses[0]).toMatchObject({
      user: { id: 'U01BEN' },
      team: { id: 'T01LAB' },
      api_app_id: 'A01LAB',
      container: { type: 'message', message_ts: ts, channel_id: CHANNEL },
      actions: [{ type: 'button', action_id: 'review', block_id: 'gate', value: 'gate-7' }],
    });
  });

  it('comes back after its socket was cut', async () => {
    const texts: string[] = [];
    await connectedApp((app) => {
      app.command('/lifeboat', async ({ command, ack }) => {
        texts.push(command.text);
        await ack();
      });
    });
    expect(await steering.dropSockets()).toBe(1);
    expect(await ada.slash('lost')).toMatchObject({ ok: false, error: 'dispatch_failed' });
    await steering.waitForState(({ sockets }) => sockets === 1, 20_000);
    expect(await ada.slash('again')).toMatchObject({ ok: true });
    expect(texts).toEqual(['again']);
  }, 30_000);

  it('comes back after Slack was down, without a restart', async () => {
    await connectedApp((app) => {
      app.command('/lifeboat', async ({ ack }) => ack('here'));
    });
    // Longer than Bolt's first wait (5 s), so that it meets the 503 at least once.
    await steering.down({ seconds: 6 });
    await expect(postCard()).rejects.toMatchObject({ statusCode: 503 });
    expect(await ada.slash('status')).toMatchObject({ ok: false, error: 'slack_down' });
    await steering.waitForState(({ down }) => !down);
    await steering.waitForState(({ sockets }) => sockets === 1, 20_000);
    expect(await ada.slash('status')).toMatchObject({ ok: true });
  }, 30_000);

  it('sees a replayed envelope, a foreign team and a stranger, as an attacker would send them', async () => {
    const users: string[] = [];
    await connectedApp((app) => {
      app.command('/lifeboat', async ({ command, ack }) => {
        users.push(`${command.team_id} ${command.user_id} ${command.text}`);
        await ack();
      });
    });
    const outcome = await ada.slash('run failover');
    if (!outcome.ok) throw new Error(outcome.error);
    expect(await steering.replay(outcome.envelope)).toMatchObject({ ok: true });
    const envelope = (await steering.envelopes()).at(-1);
    const payload = { ...envelope?.payload, team_id: 'T99EVIL', user_id: 'U99EVIL' };
    await steering.inject({ type: 'slash_commands', payload });
    expect(users).toEqual(['T01LAB U01ADA run failover', 'T01LAB U01ADA run failover', 'T99EVIL U99EVIL run failover']);
  });
});

describe('what the app does not acknowledge', () => {
  it('is shown to the person and sent once more, with the same envelope id', async () => {
    await connectedApp((app) => {
      app.command('/lifeboat', async () => undefined);
    });
    const outcome = await ada.slash('list');
    expect(outcome).toMatchObject({ ok: false, error: 'operation_timeout' });
    const state = await ada.state();
    expect(state.notices.map(({ text }) => text)).toEqual(['/lifeboat failed with the error "operation_timeout"']);
    let attempts: number[] = [];
    for (let version = 0; attempts.length < 2; ) {
      version = (await steering.waitForState((each) => each.version > version)).version;
      attempts = (await steering.envelopes()).flatMap((each) => each.attempts.map(({ retry }) => retry));
    }
    expect(attempts).toEqual([0, 1]);
  });

  it('fails at once when no socket is open', async () => {
    expect(await ada.slash('list')).toMatchObject({ ok: false, error: 'dispatch_failed' });
  });
});

describe('triggers', () => {
  async function triggerOf(): Promise<string> {
    await connectedApp((app) => {
      app.command('/lifeboat', async ({ ack }) => ack());
    });
    const outcome = await ada.slash('run');
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome.trigger;
  }

  it('expire after 3 s', async () => {
    const trigger_id = await triggerOf();
    skewMs += 3001;
    expect(await refusalOf(web.views.open({ trigger_id, view: loading }))).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(await ada.openViews()).toEqual([]);
  });

  it('work once, and made-up ones never', async () => {
    const trigger_id = await triggerOf();
    await web.views.open({ trigger_id, view: loading });
    expect(await refusalOf(web.views.open({ trigger_id, view: loading }))).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    expect(await refusalOf(web.views.open({ trigger_id: '1.2.x', view: loading }))).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  it('are not spent by a view that Slack refuses', async () => {
    const trigger_id = await triggerOf();
    const tooLong = { ...loading, title: { type: 'plain_text' as const, text: 'x'.repeat(25) } };
    const { error, messages } = await refusalOf(web.views.open({ trigger_id, view: tooLong }));
    expect(error).toBe('invalid_arguments');
    expect(messages).toContain('[ERROR] must be less than 25 characters [json-pointer:/view/title/text]');
    const { view } = await web.views.open({ trigger_id, view: loading });
    expect(await refusalOf(web.views.update({ view_id: view?.id ?? '', hash: 'old', view: filled }))).toMatchObject({
      error: 'hash_conflict',
    });
  });
});

describe('rate limits', () => {
  it('let a burst be posted, then one message a second', async () => {
    const post = (text: string) => web.chat.postMessage({ channel: CHANNEL, text });
    for (let n = 0; n < 10; n += 1) await post(`message ${n}`);
    await expect(post('too many')).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    skewMs += 1000;
    expect(await post('later')).toMatchObject({ ok: true });
  });

  it('let chat.update through 50 times a minute', async () => {
    const { ts } = await postCard();
    const update = () => web.chat.update({ channel: CHANNEL, ts: String(ts), text: 'edited' });
    for (let n = 0; n < 50; n += 1) await update();
    await expect(update()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error' });
    skewMs += 60_000;
    expect(await update()).toMatchObject({ ok: true });
  });
});

describe('the Web API refuses as Slack does', () => {
  it.each<[string, (client: WebClient) => Promise<unknown>, string]>([
    ['an unknown channel', (client) => client.chat.postMessage({ channel: 'C0NONE', text: 'x' }), 'channel_not_found'],
    ['no text', (client) => client.chat.postMessage({ channel: CHANNEL, text: '' }), 'no_text'],
    [
      'a long text',
      (client) => client.chat.postMessage({ channel: CHANNEL, text: 'x'.repeat(40_001) }),
      'msg_too_long',
    ],
    [
      'an unknown thread',
      (client) => client.chat.postMessage({ channel: CHANNEL, text: 'x', thread_ts: '1.000000' }),
      'thread_not_found',
    ],
    [
      'an edit of nothing',
      (client) => client.chat.update({ channel: CHANNEL, ts: '1.000000', text: 'x' }),
      'message_not_found',
    ],
    ['an unknown user', (client) => client.users.info({ user: 'U0NOBODY' }), 'user_not_found'],
    [
      'an ephemeral for a stranger',
      (client) => client.chat.postEphemeral({ channel: CHANNEL, user: 'U0NOBODY', text: 'x' }),
      'user_not_in_channel',
    ],
    ['a lacking argument', (client) => client.apiCall('conversations.history', {}), 'invalid_arguments'],
    ['an unknown method', (client) => client.apiCall('chat.shout', {}), 'unknown_method'],
    ['an unknown view', (client) => client.views.update({ view_id: 'V0NONE', view: loading }), 'not_found'],
  ])('%s', async (_name, call, error) => {
    expect(await refusalOf(call(web))).toMatchObject({ error });
  });

  it('blocks past the limits, naming the place', async () => {
    const blocks = Array.from({ length: 51 }, () => ({ type: 'divider' }));
    expect(await refusalOf(web.chat.postMessage({ channel: CHANNEL, text: 'x', blocks }))).toEqual({
      error: 'invalid_blocks',
      messages: ['[ERROR] no more than 50 items allowed [json-pointer:/blocks]'],
    });
    expect(await ada.messages()).toEqual([]);
  });

  it('the message of a person cannot be edited', async () => {
    const ts = await ada.say('hello');
    const call = web.chat.update({ channel: CHANNEL, ts, text: 'hijacked' });
    expect(await refusalOf(call)).toMatchObject({ error: 'cant_update_message' });
  });

  it('wrong tokens', async () => {
    const refusal = async (token: string, method: string) => (await refusalOf(clientWith(token).apiCall(method))).error;
    expect(await refusal('xoxb-wrong', 'auth.test')).toBe('invalid_auth');
    expect(await refusal(TOKENS.appToken, 'auth.test')).toBe('not_allowed_token_type');
    expect(await refusal(TOKENS.botToken, 'apps.connections.open')).toBe('not_allowed_token_type');
    const bare = await fetch(`${standIn.url}/api/auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('a scope that the app does not have', async () => {
    await standIn.stop();
    await begin({ scopes: ['commands'] });
    expect(await refusalOf(postCard())).toMatchObject({ error: 'missing_scope' });
  });

  it('a socket without a ticket, or with a spent one', async () => {
    const { url } = await clientWith(TOKENS.appToken).apps.connections.open({});
    const open = async (address: string) => {
      const socket = new WebSocket(address);
      cleanUps.push(() => socket.close());
      return new Promise<string>((resolve) => {
        socket.addEventListener('message', ({ data }) => resolve((JSON.parse(String(data)) as { type: string }).type));
        socket.addEventListener('error', () => resolve('refused'));
      });
    };
    expect(await open(String(url))).toBe('hello');
    expect(await open(String(url))).toBe('refused');
    expect(await open(String(url).replace(/ticket=.*/, ''))).toBe('refused');
  });
});

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
    const { ts } = await postCard();
    const thread_ts = String(ts);
    for (const text of ['first', 'second']) await web.chat.postMessage({ channel: CHANNEL, thread_ts, text });
    const { messages } = await web.conversations.replies({ channel: CHANNEL, ts: thread_ts });
    expect(messages?.slice(1).map(({ text }) => text)).toEqual(['first', 'second']);
    expect(messages?.[0]).toMatchObject({ ts, reply_count: 2 });
    expect((await web.conversations.history({ channel: CHANNEL })).messages).toHaveLength(1);
    expect(textOf(messages?.[0]?.blocks)).toContain('Review…');
  });

  it('a process killed with -9 has all that it acknowledged when it starts again', async () => {
    await writeFile(join(folder, 'tokens.json'), JSON.stringify(TOKENS));
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify(configOf({ folder: join(folder, 'process') })));
    const start = async () => {
      const child = spawn(process.execPath, ['lab/slack/main.ts', '--config', config], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanUps.push(() => child.kill('SIGKILL'));
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

describe('HTTP mode', () => {
  it('posts the same payloads with a signature that Bolt accepts', async () => {
    const app = new bolt.App({
      token: TOKENS.botToken,
      signingSecret: TOKENS.signingSecret,
      clientOptions: { slackApiUrl: `${standIn.url}/api/` },
      logger: quiet,
    });
    app.command('/lifeboat', async ({ command, ack }) => ack(`over HTTP: ${command.text}`));
    app.action('review', async ({ ack, respond }) => {
      await ack();
      await respond('pressed');
    });
    const server = (await app.start(0)) as Server;
    cleanUps.push(() => app.stop());
    await steering.deliverBy({
      mode: 'http',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
    });
    expect(await ada.slash('list')).toMatchObject({ ok: true });
    await ada.waitForMessage(({ text }) => text === 'over HTTP: list');
    const { ts } = await postCard();
    expect(await ada.click(String(ts), 'review')).toMatchObject({ ok: true });
    await ada.waitForMessage(({ text }) => text === 'pressed');
    const replayed = await steering.replay((await steering.envelopes())[0]?.id ?? '');
    expect(replayed).toMatchObject({ ok: true });
  });
});

describe('the steering', () => {
  it('refuses a page of another origin', async () => {
    const response = await fetch(`${standIn.url}/test/slash`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: JSON.stringify({ user: 'ada', command: '/lifeboat', text: 'run failover' }),
    });
    expect(response.status).toBe(403);
  });

  it('does not act for somebody whom the workspace does not know', async () => {
    await expect(slackPerson(standIn.url, 'mallory').slash('list')).rejects.toMatchObject({ type: 'slack-steering' });
  });
});
