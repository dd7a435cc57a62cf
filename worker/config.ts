/** What a worker process is told at its start; paths are relative to nothing, secrets are only files. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { mustParseEstate } from '../estate/file/parse.ts';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';

const common = { estate: z.string(), folder: z.string() };

export const ControlConfig = z.strictObject({ ...common, signerKeyFile: z.string(), signer: z.string() });
export const AgentConfig = z.strictObject({ ...common, marks: z.string(), queues: z.array(z.string()).min(1) });
export const CanaryConfig = z.strictObject({
  ...common,
  name: z.string(),
  address: z.string(),
  port: z.number().int(),
});

/** @throws LifeboatError `bad-config`, naming the keys. */
export async function readConfig<T>(schema: z.ZodType<T>, file: string): Promise<T> {
  const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const keys = parsed.error.issues.map((issue) => issue.path.join('.') || issue.message).join(', ');
  throw refusal('bad-config', `The configuration is wrong at: ${keys}.`, file, 'Compare it with worker/config.ts.');
}

/** This process's own copy of the estate file; it alone counts here. */
export async function readEstate(file: string): Promise<{ estate: Estate; digest: string }> {
  return mustParseEstate(await readFile(file, 'utf8'), file);
}
