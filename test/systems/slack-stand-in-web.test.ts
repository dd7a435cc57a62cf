/** Pins: the stand-in's Web API refuses and limits as Slack does, with Slack's own client. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import type { SlackPerson } from '../../lab/standins/slack/client.ts';
import { TOKENS } from '../slackbot/bot-files.ts';
import { CHANNEL, filled, loading, openStage, refusalOf, type Stage } from './slack-stand-in-harness.ts';

let stage: Stage;
let ada: SlackPerson;
let web: WebClient;

beforeEach(async () => {
  stage = await openStage();
  ({ ada, web } = stage);
});
afterEach(async () => stage.close());

describe('triggers', () => {
  async function triggerOf(): Promise<string> {
    await stage.connectedApp((app) => {
      app.command('/lifeboat', async ({ ack }) => ack());
    });
    const outcome = await ada.slash('run');
    if (!outcome.ok) throw new Error(outcome.error);
    return outcome.trigger;
  }

  it('expire after 3 s', async () => {
    const trigger_id = await triggerOf();
    stage.skip(3_001);
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
    stage.skip(1_000);
    expect(await post('later')).toMatchObject({ ok: true });
  });

  it('let chat.update through 50 times a minute', async () => {
    const { ts } = await stage.postCard();
    const update = () => web.chat.update({ channel: CHANNEL, ts: String(ts), text: 'edited' });
    for (let n = 0; n < 50; n += 1) await update();
    await expect(update()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error' });
    stage.skip(60_000);
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
    const refusal = async (token: string, method: string) =>
      (await refusalOf(stage.clientWith(token).apiCall(method))).error;
    expect(await refusal('xoxb-wrong', 'auth.test')).toBe('invalid_auth');
    expect(await refusal(TOKENS.appToken, 'auth.test')).toBe('not_allowed_token_type');
    expect(await refusal(TOKENS.botToken, 'apps.connections.open')).toBe('not_allowed_token_type');
    const bare = await fetch(`${stage.url}/api/auth.test`, { method: 'POST' });
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
  });

  it('a scope that the app does not have', async () => {
    await stage.close();
    stage = await openStage({ scopes: ['commands'] });
    expect(await refusalOf(stage.postCard())).toMatchObject({ error: 'missing_scope' });
  });

  it('a socket without a ticket, or with a spent one', async () => {
    const { url } = await stage.clientWith(TOKENS.appToken).apps.connections.open({});
    const open = async (address: string) => {
      const socket = new WebSocket(address);
      stage.afterwards(() => socket.close());
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
