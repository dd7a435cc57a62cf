/** The workspace that the stand-in for Slack shows: its ids, where it is reached, and the tokens of Lifeboat's app. */
import { randomBytes } from 'node:crypto';
import { addressAt, type Endpoint } from '../../places.ts';
import type { LabSecret } from '../../secrets.ts';

export const WORKSPACE = { team: 'T01LAB', app: 'A01LAB', channel: 'C01OPS' } as const;

/** JSON: `botToken`, `appToken`, `signingSecret`. */
export const SLACK_TOKENS: LabSecret = { file: 'secrets/slack.json', make: makeTokens };

export function slackEndpoint(slot: number): Endpoint {
  return { address: addressAt(slot, 'outside', 30), port: 8090 };
}

function makeTokens(): string {
  const part = (): string => randomBytes(18).toString('hex');
  return JSON.stringify({
    botToken: `xoxb-lab-${part()}`,
    appToken: `xapp-lab-${part()}`,
    signingSecret: randomBytes(16).toString('hex'),
  });
}
