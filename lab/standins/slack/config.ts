/**
 * What the stand-in is told: where it listens, who the people are, and the tokens that a bot must show.
 *
 * Must never happen: a token in a log or on the page (I8); they are read here and compared in `web/auth.ts` only.
 */

import { z } from 'zod';
import { readConfig } from '../../../host/config.ts';

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

/** Reads both files; refuses with the place and the mend. */
export async function readSetup(path: string): Promise<{ config: SlackConfig; tokens: Tokens }> {
  const config = await readConfig(SlackConfig, path);
  const tokens = await readConfig(Tokens, config.tokensFile);
  return { config, tokens };
}
