/**
 * What the stand-in is told: where it listens, who the people are, and the tokens that a bot must show.
 *
 * Must never happen: a token in a log or on the page (I8); they are read here and compared in `web/auth.ts` only.
 */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { refusal } from '../../../kernel/errors.ts';

const Person = z.strictObject({
  slack: z.string().regex(/^[UW][A-Z0-9]+$/),
  name: z.string().min(1),
  /** A guest of the workspace (`is_restricted`), so that a bot's refusal of guests can be tried. */
  guest: z.boolean().optional(),
});

export const SlackConfig = z.strictObject({
  address: z.string(),
  port: z.int().min(0).max(65_535),
  /** Where messages are kept. */
  folder: z.string(),
  team: z.string().regex(/^T[A-Z0-9]+$/),
  app: z.string().regex(/^A[A-Z0-9]+$/),
  /** The estate's people by name; all of them are members of the channel. */
  people: z.record(z.string(), Person),
  /** The channel's id. */
  channel: z.string().regex(/^[CG][A-Z0-9]+$/),
  tokensFile: z.string(),
  channelName: z.string().default('ops'),
  botName: z.string().default('lifeboat'),
  /** Registered slash commands. */
  commands: z.array(z.string().startsWith('/')).default(['/lifeboat']),
  /** What the bot's token may do; the README's app manifest asks for the same. */
  scopes: z
    .array(z.string())
    .default(['commands', 'chat:write', 'users:read', 'files:write', 'channels:history', 'channels:read']),
});
export type SlackConfig = z.infer<typeof SlackConfig>;

export const Tokens = z.strictObject({
  botToken: z.string().startsWith('xoxb-'),
  appToken: z.string().startsWith('xapp-'),
  signingSecret: z.string().min(8),
});
export type Tokens = z.infer<typeof Tokens>;

async function readJson<T>(path: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw refusal('slack-config', `cannot read the ${what}`, path, 'Give the path of a readable JSON file.');
  });
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    // Of a zod error only paths and rules are shown, never the values: the tokens file holds secrets (I8).
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is no JSON';
    throw refusal('slack-config', `the ${what} is not as it should be: ${why}`, path, 'Mend the file; see config.ts.');
  }
}

/** Reads both files; refuses with the place and the mend. */
export async function readConfig(path: string): Promise<{ config: SlackConfig; tokens: Tokens }> {
  const config = await readJson(path, SlackConfig, 'configuration');
  const tokens = await readJson(config.tokensFile, Tokens, 'tokens file');
  return { config, tokens };
}
