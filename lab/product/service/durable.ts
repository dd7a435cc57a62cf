/**
 * Owns the three durable file operations of the service and the load client: replace, rename, remove.
 *
 * What must never happen: one of them returns before the change would survive a power cut. A file's data is synced
 * before its name, and a name is only durable once its folder is synced.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeWhole } from '../../../host/whole-files.ts';

/** The operations that change a folder; tests inject one that dies half-way. All paths are absolute or relative to cwd. */
export interface DurableFiles {
  /** Puts `text` at `path` in one step: a reader sees the old content or the new, never a part. */
  replace(path: string, text: string): Promise<void>;
  /** Renames within one folder. Throws `ENOENT` when `from` is missing. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; a missing one is no error. */
  remove(path: string): Promise<void>;
}

async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

export const durableFiles: DurableFiles = {
  replace: (path, text) => writeWhole(path, text, { mode: 0o600 }),
  rename: renameDurably,
  remove: removeDurably,
};
