/** The Slack bot (`slackbot/`), pointed at the stand-in. Socket Mode; its own address serves `/health`. */
import { estatePath } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { urlOf } from '../../places.ts';
import { stateOf } from '../../processes.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import { createNodeServer } from '../node-program.ts';
import type { LabServer } from '../system.ts';
import { botKeyPath, secretPath } from './keys.ts';

export function createBotServer(instance: Instance): LabServer {
  const { plan } = instance;
  return createNodeServer(instance, {
    target: 'bot',
    kind: 'bot',
    place: 'outside',
    needs: ['slack', 'temporal'],
    entry: 'slackbot/main.ts',
    stopGraceMs: 5000,
    config: () => ({
      estate: estatePath(instance),
      botKeyFile: botKeyPath(instance),
      tokensFile: secretPath(instance, 'slack'),
      slackApiUrl: `${urlOf(plan.slack)}/api/`,
      http: plan.bot,
    }),
    ready: () => botReady(instance),
  });
}

async function botReady(instance: Instance): Promise<Readiness> {
  const state = await stateOf(instance, 'bot');
  if (state.kind !== 'running') return notYet('it is not running');
  const response = await fetch(`${urlOf(instance.plan.bot)}/health`, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.status < 500 ? READY : notYet(`HTTP ${response.status}`);
}
