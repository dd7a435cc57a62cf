/**
 * Pins: the bot's real library (Bolt) works against the stand-in as against Slack, over the socket and over HTTP: what
 * breaks, comes twice or is not acknowledged there is broken, repeated and told here. A lab that is kinder than Slack
 * would hide what fails on the night it is needed.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import bolt from '@slack/bolt';
import type { SlackPerson, SlackSteering } from '../../lab/standins/slack/client.ts';
import { TOKENS } from '../slackbot/bot-files.ts';
import { CHANNEL, filled, loading, openStage, quiet, type Stage } from './slack-stand-in-harness.ts';

let stage: Stage;
let steering: SlackSteering;
let ada: SlackPerson;
let ben: SlackPerson;

beforeEach(async () => {
  stage = await openStage();
  ({ steering, ada, ben } = stage);
});
afterEach(async () => stage.close());

describe('a Bolt app in Socket Mode', () => {
  it('answers a slash command to the person alone, and posts for all', async () => {
    await stage.connectedApp((app) => {
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
    await stage.connectedApp((app) => {
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
    const { ts } = await stage.postCard();
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
    await stage.connectedApp((app) => {
      app.action('review', async ({ ack, body, respond }) => {
        await ack();
        presses.push(body as bolt.BlockAction);
        await respond({ text: 'replaced', replace_original: true });
      });
    });
    const { ts } = await stage.postCard();
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
    await stage.connectedApp((app) => {
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
    await stage.connectedApp((app) => {
      app.command('/lifeboat', async ({ ack }) => ack('here'));
    });
    // Longer than Bolt's first wait (5 s), so that it meets the 503 at least once.
    await steering.down({ seconds: 6 });
    await expect(stage.postCard()).rejects.toMatchObject({ statusCode: 503 });
    expect(await ada.slash('status')).toMatchObject({ ok: false, error: 'slack_down' });
    await steering.waitForState(({ down }) => !down);
    await steering.waitForState(({ sockets }) => sockets === 1, 20_000);
    expect(await ada.slash('status')).toMatchObject({ ok: true });
  }, 30_000);

  it('sees a replayed envelope, a foreign team and a stranger, as an attacker would send them', async () => {
    const users: string[] = [];
    await stage.connectedApp((app) => {
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
    await stage.connectedApp((app) => {
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

describe('HTTP mode', () => {
  it('posts the same payloads with a signature that Bolt accepts', async () => {
    const app = new bolt.App({
      token: TOKENS.botToken,
      signingSecret: TOKENS.signingSecret,
      clientOptions: { slackApiUrl: `${stage.url}/api/` },
      logger: quiet,
    });
    app.command('/lifeboat', async ({ command, ack }) => ack(`over HTTP: ${command.text}`));
    app.action('review', async ({ ack, respond }) => {
      await ack();
      await respond('pressed');
    });
    const server = (await app.start(0)) as Server;
    stage.afterwards(() => app.stop());
    await steering.deliverBy({
      mode: 'http',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
    });
    expect(await ada.slash('list')).toMatchObject({ ok: true });
    await ada.waitForMessage(({ text }) => text === 'over HTTP: list');
    const { ts } = await stage.postCard();
    expect(await ada.click(String(ts), 'review')).toMatchObject({ ok: true });
    await ada.waitForMessage(({ text }) => text === 'pressed');
    const replayed = await steering.replay((await steering.envelopes())[0]?.id ?? '');
    expect(replayed).toMatchObject({ ok: true });
  });
});
