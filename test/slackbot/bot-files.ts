/** The stand-in for Slack and the files of a bot that runs as a process of its own, in a folder of the test. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyPair } from '../../kernel/signing/keys.ts';
import { SlackConfig } from '../../lab/standins/slack/config.ts';
import { type SlackStandIn, startSlackStandIn } from '../../lab/standins/slack/stand-in.ts';

export const TOKENS = { botToken: 'xoxb-lab', appToken: 'xapp-lab', signingSecret: 'secret-of-the-lab' };

export function startStandIn(folder: string, port = 0): Promise<SlackStandIn> {
  const config = SlackConfig.parse({
    address: '127.0.0.1',
    port,
    folder: join(folder, 'slack'),
    team: 'T01LAB',
    app: 'A01LAB',
    people: { ada: { slack: 'U01ADA', name: 'Ada' } },
    channel: 'C01OPS',
    tokensFile: 'unused',
  });
  return startSlackStandIn(config, TOKENS);
}

/**
 * Writes a bot's configuration, key, tokens and estate file; returns the configuration's path.
 * @param estate text of an estate file; its bot gets a key of this test
 */
export async function writeBotFiles(folder: string, estate: string, slackApiUrl: string): Promise<string> {
  const key = newKeyPair();
  const mine = estate.replace(/(bots:\s+slack: \{ keys: \[)'ed25519:[A-Za-z0-9_-]+'/, `$1'${key.publicKey}'`);
  if (!mine.includes(key.publicKey)) throw new Error('the estate file names its bot in another way');
  const file = (name: string) => join(folder, name);
  await writeFile(file('bot-estate.yaml'), mine);
  await writeFile(file('bot.key'), `${key.privateKey}\n`, { mode: 0o600 });
  await writeFile(file('tokens.json'), JSON.stringify(TOKENS), { mode: 0o600 });
  const config = {
    estate: file('bot-estate.yaml'),
    botKeyFile: file('bot.key'),
    tokensFile: file('tokens.json'),
    slackApiUrl,
    http: { address: '127.0.0.1', port: 0 },
  };
  await writeFile(file('bot.json'), JSON.stringify(config));
  return file('bot.json');
}
