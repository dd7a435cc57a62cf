/**
 * What the bot is told: which estate, which key, which Slack.
 *
 * Must never happen: a token or a key in an error, a log or the configuration file itself (I8); they stand in files of
 * their own that nobody else can read.
 */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readPrivateKey } from '../client/keys.ts';
import { mustParseEstate } from '../estate/file/parse.ts';
import { botByKey } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';
import { publicKeyOf } from '../kernel/signing/keys.ts';

export const BotConfig = z.strictObject({
  /** Path of the estate file. */
  estate: z.string().min(1),
  botKeyFile: z.string().min(1),
  tokensFile: z.string().min(1),
  slackApiUrl: z.url().optional(),
  mode: z.enum(['socket', 'http']).default('socket'),
  /** `/health`, and in HTTP mode Slack's requests. */
  http: z.strictObject({ address: z.string(), port: z.int().min(0).max(65_535) }).optional(),
});
export type BotConfig = z.infer<typeof BotConfig>;

export const Tokens = z.strictObject({
  botToken: z.string().startsWith('xoxb-'),
  appToken: z.string().startsWith('xapp-'),
  signingSecret: z.string().min(8),
});
export type Tokens = z.infer<typeof Tokens>;

export interface Setup {
  readonly config: BotConfig;
  readonly tokens: Tokens;
  readonly estate: Estate;
  readonly digest: string;
  readonly botKey: string;
  /** Team and app of the estate's bot that has this key. */
  readonly allowed: { readonly team: string; readonly app: string };
}

const OTHERS_MAY = 0o077;

async function readJson<T>(path: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw refusal('bot-config', `The ${what} cannot be read.`, path, 'Give the path of a readable JSON file.');
  });
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    // Paths and rules only, never the values.
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no JSON';
    throw refusal(
      'bot-config',
      `The ${what} is not as it should be: ${why}`,
      path,
      'Mend the file; see slackbot/config.ts.',
    );
  }
}

/** Reads and checks everything before anything is opened (I12). @throws LifeboatError */
export async function readSetup(path: string): Promise<Setup> {
  const config = await readJson(path, BotConfig, 'configuration');
  if (config.mode === 'http' && config.http === undefined) {
    throw refusal('bot-config', 'HTTP mode has no address.', path, 'Give `http: {address, port}`.');
  }
  const { mode } = await stat(config.tokensFile).catch(() => ({ mode: 0 }));
  if ((mode & OTHERS_MAY) !== 0) {
    throw refusal(
      'bot-config',
      'The tokens file can be read by others.',
      config.tokensFile,
      `chmod 600 ${config.tokensFile}`,
    );
  }
  const tokens = await readJson(config.tokensFile, Tokens, 'tokens file');
  const text = await readFile(config.estate, 'utf8').catch(() => {
    throw refusal('bot-config', 'The estate file cannot be read.', config.estate, 'Name a readable estate file.');
  });
  const { estate, digest } = mustParseEstate(text, resolve(config.estate));
  const botKey = await readPrivateKey(config.botKeyFile);
  const bot = botByKey(estate, publicKeyOf(botKey));
  if (bot === undefined) {
    const mend = 'Add its public half under `bots` in the estate file, by review.';
    throw refusal('unknown-key', 'The estate file names no bot that has this key.', config.botKeyFile, mend);
  }
  return { config, tokens, estate, digest, botKey, allowed: { team: bot.bot.team, app: bot.bot.app } };
}
