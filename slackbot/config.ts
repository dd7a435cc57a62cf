/**
 * What the bot is told: which estate, which key, which Slack.
 *
 * Must never happen: a token or a key in an error, a log or the configuration file itself (I8); they stand in files of
 * their own that nobody else can read.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { botByKey } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { readConfig, readPrivateConfig } from '../host/config.ts';
import { readEstate } from '../host/estate-file.ts';
import { readPrivateKey } from '../host/key-files.ts';
import { refusal } from '../kernel/errors.ts';
import { publicKeyOf } from '../kernel/signing/keys.ts';

export const BotConfig = z
  .strictObject({
    /** Path of the estate file. */
    estate: z.string().min(1),
    botKeyFile: z.string().min(1),
    tokensFile: z.string().min(1),
    slackApiUrl: z.url().optional(),
    mode: z.enum(['socket', 'http']).default('socket'),
    /** `/health`, and in HTTP mode Slack's requests. */
    http: z.strictObject({ address: z.string(), port: z.int().min(0).max(65_535) }).optional(),
  })
  .refine(({ mode, http }) => mode === 'socket' || http !== undefined, {
    path: ['http'],
    message: 'HTTP mode needs `http: {address, port}`',
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
  /** Absolute folder of the estate file. */
  readonly folder: string;
  readonly botKey: string;
  /** Team and app of the estate's bot that has this key. */
  readonly allowed: { readonly team: string; readonly app: string };
}

/** Reads and checks everything before anything is opened (I12). @throws LifeboatError */
export async function readSetup(path: string): Promise<Setup> {
  const config = await readConfig(BotConfig, path);
  const tokens = await readPrivateConfig(Tokens, config.tokensFile);
  const { estate, digest, folder } = await readEstate(resolve(config.estate));
  const botKey = await readPrivateKey(config.botKeyFile);
  const bot = botByKey(estate, publicKeyOf(botKey));
  if (bot === undefined) {
    const mend = 'Add its public half under `bots` in the estate file, by review.';
    throw refusal('unknown-key', 'The estate file names no bot that has this key.', config.botKeyFile, mend);
  }
  return { config, tokens, estate, digest, folder, botKey, allowed: { team: bot.bot.team, app: bot.bot.app } };
}
