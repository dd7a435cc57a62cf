/**
 * Owns the three durable file operations of the service and the load client: replace, rename, remove.
 *
 * What must never happen: one of them returns before the change would survive a power cut. A file's data is synced
 * before its name, and a name is only durable once its folder is synced.
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The operations that change a folder; tests inject one that dies half-way. All paths are absolute or relative to cwd. */
export interface DurableFiles {
  /** Puts `text` at `path` in one step: a reader sees the old content or the new, never a part. */
  replace(path: string, text: string): Promise<void>;
  /** Renames within one folder. Throws `ENOENT` when `from` is missing. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is no error. */
  remove(path: string): Promise<void>;
}

/** Syncs a folder, so that the names in it are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replaceDurably(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

export const durableFiles: DurableFiles = { replace: replaceDurably, rename: renameDurably, remove: removeDurably };

/** The text of a file, or undefined when there is none. Other errors are thrown. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // By shape: in tests the error comes from another realm, where instanceof does not hold.
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
