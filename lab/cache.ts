/**
 * What was obtained, kept outside every checkout: a folder per thing and version, made aside and renamed into place, so
 * that an interrupted download leaves nothing that looks whole and the next one repairs it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isThere } from '../host/whole-files.ts';
import { refusal } from '../kernel/errors.ts';
import { cacheFolder } from './instance.ts';
import { withLock } from './lock.ts';

/** An `up` of another instance may be obtaining the same thing over a slow line. */
const LOCK_TIMEOUT_MS = 30 * 60_000;
const LEFTOVER_AGE_MS = 24 * 3_600_000;

/**
 * The folder of a thing in the cache. When it is not there, `make` fills an empty folder beside it, which then takes its
 * name; a `make` that throws leaves nothing.
 */
export async function cached(
  key: string,
  make: (folder: string) => Promise<void>,
  onWait?: (holderPid: number) => void,
): Promise<string> {
  const folder = join(cacheFolder(), key);
  if (isThere(folder)) return folder;
  const options = { timeoutMs: LOCK_TIMEOUT_MS, ...(onWait === undefined ? {} : { onWait }) };
  return withLock(join(cacheFolder(), 'locks', key.replaceAll('/', '_')), options, async () => {
    if (isThere(folder)) return folder;
    await mkdir(cacheFolder(), { recursive: true });
    await clearLeftovers(key);
    const temporary = await mkdtemp(join(cacheFolder(), `.making-${key}-`));
    try {
      await make(temporary);
      await rename(temporary, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return folder;
  });
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Refuses a file whose hash is not the pinned one (`lab-hash`). */
export async function checkSha256(path: string, expected: string, what: string): Promise<void> {
  const found = await sha256Of(path);
  if (found === expected) return;
  throw refusal(
    'lab-hash',
    `${what} is not what was pinned: SHA-256 ${found} instead of ${expected}`,
    path,
    'Do not use it. Compare with the registry; a mirror or a proxy may have changed it.',
  );
}

/**
 * Folders of attempts that were killed. Those of this key at once: the lock is held, so nobody is at work in them. Any
 * other after a day: the registry's client outlives a killed lab for a while and may make its folder again.
 */
async function clearLeftovers(key: string): Promise<void> {
  for (const name of await readdir(cacheFolder())) {
    if (!name.startsWith('.making-')) continue;
    const path = join(cacheFolder(), name);
    const ageMs = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
    if (name.startsWith(`.making-${key}-`) || ageMs > LEFTOVER_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}
