/** Pins: a restart, a Slack that was down and a rate limit lose nothing and post nothing twice. */
import { describe, expect, it } from '@jest/globals';
import { textOf } from '../../lab/standins/slack/client.ts';
import { copiesIn, isKind } from '../slackbot/messages.ts';
import { review, stageForEachTest, WAIT_MS } from './slackbot-harness.ts';

const stage = stageForEachTest();

describe('a bot that was away', () => {
  it('posts nothing twice after a restart, and its old buttons still work', async () => {
    const { steering, lifeboat, ben, started, startBot, stopBot } = stage();
    const { run, card, gate } = await started();
    await ben.waitForMessage((one) => one.thread_ts === card.ts, WAIT_MS);
    await stopBot();
    lifeboat.change(run, (view) => ({
      timeline: [...view.timeline, { at: Date.now(), kind: 'note', id: 'n', say: 'said while the bot was away' }],
    }));
    await startBot();
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('said while the bot was away'),
      WAIT_MS,
    );
    const view = await review(ben, gate);
    expect(await ben.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: true });
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Approved'), WAIT_MS);
    expect(copiesIn((await steering.state()).messages)).toEqual([1]);
  }, 90_000);

  it('leaves a modal open that another bot takes the submission of, about what was shown in it and nothing else', async () => {
    const { lifeboat, ben, started, startBot, stopBot } = stage();
    const { run, gate } = await started();
    const view = await review(ben, gate);
    await stopBot();
    await startBot();
    expect(await ben.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: true });
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Approved'), WAIT_MS);
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'approve', by: 'ben', attempt: 1 }]);
  }, 60_000);

  it('refuses the submission of a modal that showed another plan, whichever bot opened it', async () => {
    const { lifeboat, ben, started, startBot, stopBot } = stage();
    const { run, gate } = await started();
    const view = await review(ben, gate);
    await stopBot();
    await startBot();
    lifeboat.change(run, ({ attempt }) => ({ attempt: attempt + 1, planHash: 'f'.repeat(64) }));
    await ben.submit(view.id, { verdict: 'approve' });
    const refused = await ben.waitForView((one) => textOf(one).includes('Refused'), WAIT_MS);
    expect(textOf(refused)).toContain('stale');
    expect(textOf(refused)).not.toContain('not known here');
    expect(lifeboat.recorded(run)).toEqual([]);
  }, 60_000);

  it('catches up when Slack was down, and outlives it', async () => {
    const { steering, lifeboat, ada, ben } = stage();
    await steering.down('on');
    const view = await lifeboat.start({
      runbook: 'failover',
      input: { from: 'us-central1' },
      mode: 'live',
      by: 'ada',
      requestId: 'from-cli',
    });
    await lifeboat.approve({ run: view.request.run, by: 'ben' });
    await steering.down('off');
    const card = await ben.waitForMessage((one) => isKind('card')(one) && one.text.includes('Running'), 40_000);
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('approve was recorded'),
      40_000,
    );
    await steering.waitForState(({ sockets }) => sockets === 1, 40_000);
    expect(copiesIn((await steering.state()).messages)).toEqual([1]);
    await ada.slash('list');
    await ada.waitForMessage((one) => one.ephemeral && one.text.includes('1 runs'), WAIT_MS);
  }, 120_000);

  it('stays within the rate limits, and every card is there in the end', async () => {
    const { steering, lifeboat } = stage();
    const runs = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
    for (const one of runs)
      await lifeboat.start({
        runbook: 'failover',
        input: { from: one },
        mode: 'live',
        by: 'ada',
        requestId: `run-${one}`,
      });
    await steering.waitForState(({ messages }) => messages.filter(isKind('card')).length === runs.length, 60_000);
    await steering.waitForState(({ messages }) => messages.filter(isKind('gate')).length === runs.length, 60_000);
    expect(copiesIn((await steering.state()).messages)).toEqual([1]);
  }, 150_000);
});
