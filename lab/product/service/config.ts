/**
 * Owns the service's configuration file. Everything in it is checked before anything is touched (I12).
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { refusal } from '../failure.ts';

export const ServiceConfig = z.strictObject({
  region: z.string().min(1),
  address: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** Where the marker and the worker count live; made when missing. */
  folder: z.string().min(1),
  /** A Unix socket to serve on as well, for people inside the region. */
  insideSocket: z.string().min(1).optional(),
  cassandra: z.strictObject({
    contactPoints: z.array(z.string().min(1)).min(1),
    port: z.int().min(1).max(65_535),
    datacentre: z.string().min(1),
    username: z.string().min(1),
    passwordFile: z.string().min(1),
  }),
  tokenFile: z.string().min(1),
  /** Used until an admin sets another count. */
  workers: z.int().min(1),
  capacityPerWorker: z.number().positive(),
  maxWorkers: z.int().min(1).default(64),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

/** Reads a secret from its file, without the final newline. Throws a refusal when it is missing or empty. */
export async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const secret = text.trim();
  if (secret === '')
    throw refusal('product-secret', 'the secret is missing or empty', path, 'Write the secret into the file.');
  return secret;
}

/** The path after `--config`. Throws a refusal without one. */
export function configPath(args: readonly string[]): string {
  const path = args[0] === '--config' ? args[1] : undefined;
  if (path === undefined)
    throw refusal('product-usage', 'no configuration was given', 'argv', 'Start it with --config FILE.');
  return path;
}
