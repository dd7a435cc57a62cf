/** Pins: a Slack that takes no files from the bot (its scope was not granted) is told in words, and holds nothing up. */
import { expect, it } from '@jest/globals';
import { textOf } from '../../lab/standins/slack/client.ts';
import { isKind, tagOf } from '../slackbot/messages.ts';
import { stageForEachTest, WAIT_MS } from './slackbot-harness.ts';

const SCOPES = ['commands', 'chat:write', 'users:read', 'channels:history', 'channels:read'];
const stage = stageForEachTest({ scopes: SCOPES });

it('the thread says how the report is had, and the card comes to its end', async () => {
  const { lifeboat, ben, started } = stage();
  const { run, card } = await started();
  lifeboat.change(run, () => ({
    status: 'done',
    gate: null,
    cursor: 4,
    endedAt: Date.now(),
    report: 'reports/x.json',
  }));
  const report = await ben.waitForMessage(isKind('report'), WAIT_MS);
  expect(textOf(report.blocks)).toContain(`lifeboat report ${run} --html --out FILE`);
  expect(textOf(report.blocks)).toContain('files:write');
  await ben.waitForMessage((one) => one.ts === card.ts && tagOf(one).final === true, WAIT_MS);
}, 60_000);
