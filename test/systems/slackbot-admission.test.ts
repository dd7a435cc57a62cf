/** Pins: what is replayed, forged or foreign is not acted on, over the socket and over HTTP. */
import { describe, expect, it } from '@jest/globals';
import { isKind } from '../slackbot/messages.ts';
import { COMMAND, review, stageForEachTest, WAIT_MS } from './slackbot-harness.ts';

const stage = stageForEachTest();

describe('what is not admitted', () => {
  it('is a replay, a foreign team, a guest and a stranger', async () => {
    const { steering, lifeboat, ada, ben, person } = stage();
    const outcome = await ada.slash(COMMAND);
    if (!outcome.ok) throw new Error(outcome.error);
    await ben.waitForMessage(isKind('gate'), WAIT_MS);
    await steering.replay(outcome.envelope);
    const sent = (await steering.envelopes()).find(({ id }) => id === outcome.envelope);
    const payload = { ...sent?.payload, trigger_id: '9.9.new' };
    await steering.inject({ type: 'slash_commands', payload: { ...payload, team_id: 'T99EVIL' } });
    await person('cho').slash(COMMAND);
    await person('cho').waitForMessage((one) => one.ephemeral && one.text.includes('guest'), WAIT_MS);
    await person('eve').slash(COMMAND);
    await person('eve').waitForMessage((one) => one.ephemeral && one.text.includes('names nobody'), WAIT_MS);
    expect(lifeboat.starts()).toBe(1);
  }, 60_000);

  it('is somebody else’s review, submitted by a person who might decide by their own', async () => {
    const { steering, lifeboat, ada, started } = stage();
    const { run, gate } = await started();
    const view = await review(ada, gate);
    const entered = {
      verdict: { verdict: { type: 'radio_buttons', selected_option: { value: 'reject' } } },
      reason: { reason: { type: 'plain_text_input', value: 'not mine' } },
    };
    const submission = (user: string) => ({
      type: 'view_submission',
      team: { id: 'T01LAB' },
      user: { id: user, team_id: 'T01LAB' },
      api_app_id: 'A01LAB',
      trigger_id: `9.9.${user}`,
      view: { ...view, state: { values: entered } },
    });
    await steering.inject({ type: 'interactive', payload: submission('U01BEN') });
    expect(lifeboat.recorded(run)).toEqual([]);
    // The same submission by the person for whom it was filled counts: it was the person that was wrong.
    await steering.inject({ type: 'interactive', payload: submission('U01ADA') });
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'reject', by: 'ada' }]);
  }, 60_000);
});

describe('over HTTP', () => {
  it('takes what Slack signed, refuses its replay, and tells its health', async () => {
    const { steering, lifeboat, ada, ben, startBot, stopBot } = stage();
    await stopBot();
    const bot = await startBot({ mode: 'http', http: { address: '127.0.0.1', port: 0 }, now: Date.now });
    const url = bot.url() ?? '';
    await steering.deliverBy({ mode: 'http', url: `${url}/slack/events` });
    const outcome = await ada.slash(COMMAND);
    if (!outcome.ok) throw new Error(outcome.error);
    await ben.waitForMessage(isKind('gate'), WAIT_MS);
    expect(await steering.replay(outcome.envelope)).toMatchObject({ ok: false, ack: { kind: 'refused', status: 401 } });
    expect(lifeboat.starts()).toBe(1);
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ ready: true, temporal: 'answers', posts: true, mode: 'http' });
    const large = await fetch(`${url}/slack/events`, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) }).catch(
      () => ({ status: 413 }),
    );
    expect(large.status).toBe(413);
  }, 60_000);
});
