/**
 * Pins: a person's command and press end as a decision of that person over exactly what was shown, or as nothing.
 */
import { describe, expect, it } from '@jest/globals';
import { evidenceHash } from '../../kernel/plan/evidence.ts';
import { type SeenView, textOf } from '../../lab/standins/slack/client.ts';
import { ACTIONS } from '../../slackbot/blocks/buttons.ts';
import { copiesIn, isKind, tagOf } from '../slackbot/messages.ts';
import { review, stageForEachTest, WAIT_MS } from './slackbot-harness.ts';

const stage = stageForEachTest();

describe('a run from the slash command', () => {
  it('the button of the review says what pressing it does', async () => {
    const { lifeboat, ben, started } = stage();
    const { run, gate } = await started();
    const labelOf = (view: SeenView) => (view['submit'] as { text: string }).text;
    const view = await review(ben, gate);
    expect(labelOf(view)).toBe('Approve');
    await ben.clickInView(view.id, 'verdict', { value: 'reject' });
    await ben.waitForView((one) => labelOf(one) === 'Reject', WAIT_MS);
    expect(await ben.submit(view.id, { verdict: 'approve' })).toMatchObject({
      ok: false,
      errors: { verdict: expect.stringContaining('Reject') },
    });
    await ben.clickInView(view.id, 'verdict', { value: 'approve' });
    await ben.waitForView((one) => labelOf(one) === 'Approve', WAIT_MS);
    expect(lifeboat.recorded(run)).toEqual([]);
    expect(await ben.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: true });
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'approve', by: 'ben' }]);
  }, 60_000);

  it('ends as a decision of the person who pressed, over what was shown', async () => {
    const { steering, lifeboat, ada, ben, started } = stage();
    const { run, card, gate } = await started();
    expect(card.text).toContain('LIVE failover');
    expect(gate.text).toContain('<@U01BEN>');
    await ada.waitForMessage(({ ephemeral, blocks }) => ephemeral && textOf(blocks).includes(run), WAIT_MS);

    const view = await review(ben, gate);
    expect(textOf(view)).toContain('Set the shares of items');
    expect(JSON.stringify(view['private_metadata'])).not.toContain('failover');
    expect(await ben.submit(view.id, { verdict: 'approve', reason: 'the region is dark' })).toMatchObject({ ok: true });

    const state = await lifeboat.state(run);
    expect(lifeboat.recorded(run)).toMatchObject([
      {
        kind: 'approve',
        by: 'ben',
        target: 'approve',
        attempt: 1,
        planHash: state.planHash,
        evidenceHash: evidenceHash(state.evidence),
        reason: 'the region is dark',
      },
    ]);
    const decided = await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Approved'), WAIT_MS);
    expect(textOf(decided.blocks)).toContain('Ben approved');
    await ben.waitForMessage((one) => one.ts === card.ts && one.text.includes('Running'), WAIT_MS);
    await ben.waitForMessage(
      (one) => one.thread_ts === card.ts && textOf(one.blocks).includes('The shift began'),
      WAIT_MS,
    );
    expect(copiesIn((await steering.state()).messages)).toEqual([1]);
  }, 60_000);

  it('shows the refusal to the requester who would approve, and records nothing', async () => {
    const { lifeboat, ada, started } = stage();
    const { run, gate } = await started();
    const view = await review(ada, gate);
    expect(textOf(view)).toContain('another person must approve');
    expect(await ada.submit(view.id, { verdict: 'approve' })).toMatchObject({ ok: false });
    expect(lifeboat.recorded(run)).toEqual([]);
  }, 60_000);

  it('rejects only with a reason', async () => {
    const { lifeboat, ben, started } = stage();
    const { run, gate } = await started();
    const view = await review(ben, gate);
    expect(await ben.submit(view.id, { verdict: 'reject' })).toMatchObject({
      ok: false,
      errors: { reason: 'Rejecting needs a reason.' },
    });
    expect(await ben.submit(view.id, { verdict: 'reject', reason: 'wrong region' })).toMatchObject({ ok: true });
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'reject', by: 'ben', reason: 'wrong region' }]);
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Rejected'), WAIT_MS);
  }, 60_000);

  it('is refused when the plan changed after it was shown', async () => {
    const { lifeboat, ben, started } = stage();
    const { run, gate } = await started();
    const view = await review(ben, gate);
    lifeboat.change(run, () => ({ attempt: 2 }));
    await ben.submit(view.id, { verdict: 'approve' });
    await ben.waitForView((one) => textOf(one).includes('review it again'), WAIT_MS);
    expect(lifeboat.recorded(run)).toEqual([]);
    await ben.waitForMessage((one) => isKind('gate')(one) && one.ts !== gate.ts, WAIT_MS);
    await ben.waitForMessage((one) => one.ts === gate.ts && one.text.startsWith('Superseded'), WAIT_MS);
  }, 60_000);

  it('pauses, asks before it aborts, and tells how it ended', async () => {
    const { lifeboat, ada, started } = stage();
    const { run, card } = await started();
    await ada.click(card.ts, ACTIONS.pause);
    await ada.waitForMessage((one) => one.ts === card.ts && textOf(one.blocks).includes('Resume'), WAIT_MS);
    await ada.click(card.ts, ACTIONS.abort);
    const view = await ada.waitForView((one) => textOf(one).includes('Nothing has been changed'), WAIT_MS);
    expect(lifeboat.recorded(run)).toMatchObject([{ kind: 'pause', by: 'ada' }]);
    expect(await ada.submit(view.id, { reason: 'enough' })).toMatchObject({ ok: true });
    await ada.waitForMessage(
      (one) => one.ts === card.ts && one.text.includes('Aborted') && tagOf(one).final === true,
      WAIT_MS,
    );
    expect(lifeboat.recorded(run).at(-1)).toMatchObject({ kind: 'abort', by: 'ada', reason: 'enough' });
  }, 60_000);

  it('asks the operators, and skips a step only with a reason', async () => {
    const { lifeboat, ada, started } = stage();
    const { run } = await started();
    const error = { type: 'x', message: 'No such server.', where: 'items', mend: 'Look.', retryable: true };
    lifeboat.change(run, () => ({
      status: 'question',
      gate: null,
      cursor: 1,
      question: {
        id: 'q1',
        entry: 'shift/100/items',
        say: 'What now?',
        error,
        choices: ['retry', 'skip', 'abort'],
        askedAt: Date.now(),
      },
    }));
    const question = await ada.waitForMessage(isKind('question'), WAIT_MS);
    expect(question.text).toContain('<@U01ADA>');
    await ada.click(question.ts, ACTIONS.skip);
    const view = await ada.waitForView((one) => textOf(one).includes('The step is left out'), WAIT_MS);
    expect(await ada.submit(view.id, {})).toMatchObject({ ok: false });
    expect(await ada.submit(view.id, { reason: 'done by hand' })).toMatchObject({ ok: true });
    expect(lifeboat.recorded(run)).toMatchObject([
      { kind: 'resolve', choice: 'skip', target: 'q1', by: 'ada', reason: 'done by hand' },
    ]);
    await ada.waitForMessage((one) => one.ts === question.ts && one.text.includes('is answered'), WAIT_MS);
  }, 60_000);
});

describe('a command', () => {
  it('that is malformed gets the nearest valid one, and starts nothing', async () => {
    const { lifeboat, ada } = stage();
    await ada.slash('rnu failover from=us-central1');
    await ada.waitForMessage(
      (one) => one.ephemeral && one.text.includes('/lifeboat run failover from=us-central1'),
      WAIT_MS,
    );
    expect(lifeboat.starts()).toBe(0);
  });

  it('that needs a personal key names the line for the terminal', async () => {
    const { lifeboat, ada, started } = stage();
    const { run } = await started();
    await ada.slash(`break-glass ${run} approvals-by-others nobody is awake`);
    await ada.waitForView((one) => textOf(one).includes(`lifeboat break-glass ${run} approvals-by-others`), WAIT_MS);
    expect(lifeboat.recorded(run)).toEqual([]);
  }, 60_000);

  it('is acknowledged at once and told that Temporal is away', async () => {
    const { lifeboat, ada, started } = stage();
    lifeboat.down = true;
    expect(await ada.slash('list')).toMatchObject({ ok: true });
    await ada.waitForMessage((one) => one.ephemeral && one.text.includes('Temporal does not answer'), WAIT_MS);
    lifeboat.down = false;
    await started();
  }, 60_000);
});
