/**
 * Files that are whole or absent: written beside their place and then given their name, so that an interruption at any
 * moment leaves the old content or the new one, never a half.
 *
 * Must never happen: a write that resolves and is gone after a power cut. The data is flushed before it gets its name,
 * and a name is only durable once its folder is flushed too.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from './error-code.ts';

export interface WriteOptions {
  /** File mode, 0644 when left out; 0600 for what is secret. */
  readonly mode?: number;
  /** False: the folder must be there. One that is missing is not mounted, or not spelled right, and nobody reads it. */
  readonly makesFolder?: boolean;
}

/** Writes a file durably and at once, in place of what stood there. Makes the folders above it, unless told not to. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  if (options.makesFolder ?? true) await makeFolder(dirname(path));
  await place(path, content, options, rename);
}

/** Writes JSON with a newline at its end; as {@link writeWhole}. */
export async function writeJson(path: string, value: unknown, options: WriteOptions = {}): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, options);
}

/**
 * As {@link writeWhole}, but never over a file that is there, and in a folder that is there.
 * @throws Node's error `EEXIST`; of several writers one alone succeeds
 */
export async function createWhole(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  await place(path, content, options, link);
}

/** The text of a file, made where there is none yet: keys and secrets are made once and kept, whoever else makes them. */
export async function writeOnce(path: string, make: () => string, options: WriteOptions = {}): Promise<string> {
  const there = await readIfThere(path);
  if (there !== undefined) return there;
  const text = make();
  await makeFolder(dirname(path));
  try {
    await createWhole(path, text, options);
    return text;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return readFile(path, 'utf8');
    throw error;
  }
}

/** The text of a file, or undefined where there is none. Other failures are thrown. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function isThere(path: string): boolean {
  return existsSync(path);
}

/** Flushes a folder, so that the names in it are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @param give gives the flushed file its name */
async function place(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644 }: WriteOptions,
  give: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  // Random, so that no two writers share it; short, because a long name may leave no room for more.
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await give(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** A folder that was just made is a name in the one above, which must be durable as well. */
async function makeFolder(folder: string): Promise<void> {
  const topmost = await mkdir(folder, { recursive: true });
  if (topmost === undefined) return;
  const last = resolve(topmost);
  for (let made = resolve(folder); made.length >= last.length; made = dirname(made)) await syncFolder(dirname(made));
}
