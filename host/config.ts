/**
 * What a process is told at its start: its configuration file, read and checked before anything is opened (I12).
 *
 * Must never happen: a value of such a file in an error (I8), because some hold tokens; errors name keys and rules only.
 */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { refusal } from '../kernel/errors.ts';
import { readPrivateText } from './private-file.ts';

/** A file of tokens beyond this is another file. */
const MAX_PRIVATE_BYTES = 64 * 1024;

/** Reads a JSON file. @throws LifeboatError `bad-config`: no such file, no JSON, or the keys that are wrong */
export async function readConfig<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return checked(schema, text, path);
}

/** As {@link readConfig}, of a file that holds secrets. @throws LifeboatError also when others can read it. */
export async function readPrivateConfig<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const found = await readPrivateText(path, MAX_PRIVATE_BYTES);
  if (found.kind === 'open-to-others') {
    throw refusal('bad-config', 'A file that holds secrets can be read by others.', path, `chmod 600 ${path}`);
  }
  return checked(schema, found.kind === 'text' ? found.text : undefined, path);
}

function checked<T>(schema: z.ZodType<T>, text: string | undefined, path: string): T {
  if (text === undefined) {
    throw refusal('bad-config', 'The file cannot be read.', path, 'Give the path of a readable JSON file.');
  }
  const parsed = schema.safeParse(jsonIn(text, path));
  if (parsed.success) return parsed.data;
  throw refusal('bad-config', `The file is wrong at: ${problemsOf(parsed.error)}.`, path, 'Mend what it names.');
}

function jsonIn(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message shows a part of the text.
    throw refusal('bad-config', 'The file is no JSON.', path, 'Mend it; a comma or a quote is missing or too many.');
  }
}

/** `http.port: Too big: expected number to be <=65535; tokens: Unrecognized key`. */
function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
}
