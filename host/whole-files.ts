/**
 * Files that are whole or absent: everything the lab leaves on disk is written beside its place and renamed into it, so
 * that an interruption at any moment leaves the old content or the new one, never a half.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WriteOptions {
  /** File mode; 0600 for what is secret. */
  readonly mode?: number;
}

/** Writes a text durably: a temporary file beside it, fsync, rename. Makes the folders above. */
export async function writeWhole(path: string, text: string, options: WriteOptions = {}): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes JSON with a newline at its end, whole. */
export async function writeJson(path: string, value: unknown, options: WriteOptions = {}): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, options);
}

/** The text of a file, or undefined where there is none. Other failures are thrown. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Writes a file only where there is none yet: keys and secrets are made once and kept. */
export async function writeOnce(path: string, make: () => string, options: WriteOptions = {}): Promise<string> {
  const there = await readIfThere(path);
  if (there !== undefined) return there;
  const text = make();
  await writeWhole(path, text, options);
  return text;
}

export function isThere(path: string): boolean {
  return existsSync(path);
}

/**
 * Whether a failure has this code (`ENOENT`, `EEXIST`). By its shape: under a test runner Node's own errors are of
 * another realm, where `instanceof Error` is false.
 */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
