/**
 * Pins: what is typed wrongly is told to the one who typed it and to nobody else; a run that ended leaves its report as a
 * file that people can open, and a button for what comes next; a run that stopped answering is told as such.
 */
import { describe, expect, it } from '@jest/globals';
import { type SeenMessage, textOf } from '../../lab/standins/slack/client.ts';
import { ACTIONS } from '../../slackbot/blocks/buttons.ts';
import { isKind, tagOf } from '../slackbot/messages.ts';
import { stageForEachTest, WAIT_MS } from './slackbot-harness.ts';

const stage = stageForEachTest();
const ENDED = {
  status: 'done',
  gate: null,
  cursor: 4,
  endedAt: Date.now(),
  report: 'reports/x.json',
  touched: true,
} as const;

describe('what the planner refuses of a command that was just typed', () => {
  it('is answered to the one who typed it; the channel sees no card, and an open question stays where it is', async () => {
    const { lifeboat, ada, ben, started } = stage();
    const { run } = await started();
    const before = (await ben.messages()).length;
    lifeboat.refuses = {
      type: 'dead-target',
      message: 'It is dead.',
      where: 'x',
      mend: 'Name another.',
      retryable: false,
    };
    const outcome = await ada.slash('run failover from=us-central1 to=europe-west1');
    expect(outcome).toMatchObject({ ok: true });
    const told = await ada.waitForMessage(
      ({ ephemeral, blocks }) => ephemeral && textOf(blocks).includes('It is dead. Name another.'),
      WAIT_MS,
    );
    expect(told.ephemeral).toBe(true);
    // Long enough for a card: the bot looks four times a second, and posts once a second.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const cards = (await ben.messages()).filter(isKind('card'));
    expect(cards.map((one) => tagOf(one).run)).toEqual([run]);
    expect((await ben.messages()).filter((one) => !isKind('log')(one)).length).toBeLessThanOrEqual(before);
  }, 60_000);
});

describe('what is refused a moment after the plan was made', () => {
  it('is still answered to the one who typed it', async () => {
    const { lifeboat, ada } = stage();
    const { start } = lifeboat;
    const ending = { type: 'held', message: 'It is held by another run.', where: 'x', mend: 'Wait.', retryable: false };
    lifeboat.start = async (request) => {
      const { run } = (await start(request)).request;
      lifeboat.change(run, () => ({ status: 'running', gate: null }));
      setTimeout(() => lifeboat.change(run, () => ({ status: 'refused', ending, endedAt: Date.now() })), 600);
      return lifeboat.state(run);
    };
    await ada.slash('run failover from=us-central1');
    await ada.waitForMessage(
      ({ ephemeral, blocks }) => ephemeral && textOf(blocks).includes('It is held by another run.'),
      WAIT_MS,
    );
    expect((await ada.messages()).filter(isKind('card'))).toEqual([]);
  }, 60_000);
});

describe('a bare /lifeboat', () => {
  it('shows regions, then what waits, then the help', async () => {
    const { ada, started } = stage();
    const { run } = await started();
    await ada.slash('');
    const { blocks } = await ada.waitForMessage(
      (one) => one.ephemeral && textOf(one.blocks).includes('Regions'),
      WAIT_MS,
    );
    const text = textOf(blocks);
    const places = ['us-central1', 'drained', 'Waits for people', `/lifeboat approve ${run}`, 'help'].map((one) =>
      text.indexOf(one),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }, 60_000);
});

describe('a run that has ended', () => {
  it('leaves its report as a file in the thread, which the card links; its button starts what comes next', async () => {
    const { lifeboat, ada, ben, started } = stage();
    const { run, card } = await started();
    lifeboat.change(run, () => ENDED);
    const report = await ben.waitForMessage(isKind('report'), WAIT_MS);
    const { files = [] } = report as unknown as { files?: { url_private: string; name: string }[] };
    expect(files).toHaveLength(1);
    const page = await (await fetch(files[0]?.url_private ?? '')).text();
    expect(page).toContain('Move all traffic from us-central1 to europe-west1');
    const final = await ben.waitForMessage((one) => one.ts === card.ts && tagOf(one).final === true, WAIT_MS);
    expect(JSON.stringify(final.blocks)).toContain('as a file in the thread');
    expect(JSON.stringify(final.blocks)).not.toContain('reports/x.json');

    expect(await ada.click(card.ts, ACTIONS.next)).toMatchObject({ ok: true });
    const view = await ada.waitForView((one) => textOf(one).includes('run failback region=us-central1'), WAIT_MS);
    const starts = lifeboat.starts();
    expect(await ada.submit(view.id, {})).toMatchObject({ ok: true });
    expect(lifeboat.starts()).toBe(starts + 1);
    expect((await lifeboat.list({ open: true }))[0]).toMatchObject({
      runbook: 'failback',
      mode: 'live',
      requester: 'ada',
    });
  }, 90_000);
});

describe('a run that does not answer any more', () => {
  it('is told to be so on its card, since when, until it answers again', async () => {
    const { lifeboat, ben, started } = stage();
    const { card } = await started();
    const isCard = (text: string, has: boolean) => (one: SeenMessage) =>
      one.ts === card.ts && textOf(one.blocks).includes(text) === has;
    lifeboat.down = true;
    await ben.waitForMessage(isCard('Not refreshed since', true), WAIT_MS);
    lifeboat.down = false;
    await ben.waitForMessage(isCard('Not refreshed since', false), WAIT_MS);
  }, 60_000);
});
