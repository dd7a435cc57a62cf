/** The Slack bot (`slackbot/`), pointed at the stand-in. Socket Mode; its own address serves `/health`. */
import { estatePath, type Instance } from '../../instance.ts';
import { addressAt, type Endpoint, urlOf } from '../../places.ts';
import { stateOf } from '../../processes.ts';
import { secretPath } from '../../secrets.ts';
import { notYet, type Readiness } from '../../wait.ts';
import { answers, nodeServer } from '../node-program.ts';
import { slack } from '../slack/slack.ts';
import { SLACK_TOKENS, slackEndpoint } from '../slack/workspace.ts';
import { temporal } from '../temporal/temporal.ts';
import { botKeyPath } from './keys.ts';

const TARGET = 'bot';

export function botEndpoint(slot: number): Endpoint {
  return { address: addressAt(slot, 'outside', 31), port: 8091 };
}

export const bot = nodeServer({
  target: TARGET,
  kind: 'bot',
  place: 'outside',
  needs: [slack, temporal],
  entry: 'slackbot/main.ts',
  stopGraceMs: 5000,
  config: (instance) => ({
    estate: estatePath(instance),
    botKeyFile: botKeyPath(instance),
    tokensFile: secretPath(instance, SLACK_TOKENS),
    slackApiUrl: `${urlOf(slackEndpoint(instance.slot))}/api/`,
    http: botEndpoint(instance.slot),
  }),
  ready,
});

async function ready(instance: Instance): Promise<Readiness> {
  const state = await stateOf(instance, TARGET);
  if (state.kind !== 'running') return notYet('it is not running');
  return answers(`${urlOf(botEndpoint(instance.slot))}/health`);
}
