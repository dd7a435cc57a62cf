/**
 * One holder at a time, across processes: the kernel's own lock on an open file (Linux: an open file description lock,
 * fcntl(2) F_OFD_SETLK; by fs-native-extensions, as Node has none).
 *
 * The kernel ends it when the file is closed or its process dies, kill -9 included, so there is nothing to take over and
 * no process id to judge by: it holds just as well between containers that do not see each other's processes. The file
 * names its holder for people to read, and nobody decides by it.
 *
 * Must never happen: two holders. So the file is never removed here: a rival that opened it before would hold a lock on a
 * file that nobody finds any more, beside the holder of the new one. Where somebody else removed it, the lock that was
 * taken is given up and the file opened anew. On a network file system it holds as far as that carries locks.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { tryLock } from 'fs-native-extensions';
import { codeOf } from './error-code.ts';
import { readIfThere } from './whole-files.ts';

export interface Lock {
  /** False once the file was removed, or another stands in its place: then a rival may hold that one. */
  holds(): Promise<boolean>;
  release(): Promise<void>;
}

/** A file handle that is collected closes its file, which would end the lock: whoever forgets one keeps it. */
const held = new Set<FileHandle>();

/**
 * Takes the lock, or gives undefined when another holds it, be it in this process. Never waits. The file is made where
 * there is none, in a folder that is there. A child process does not inherit the lock (Node opens with O_CLOEXEC).
 */
export async function takeLock(path: string): Promise<Lock | undefined> {
  for (;;) {
    const file = await open(path, 'a+', 0o600);
    let taken = false;
    try {
      if (!tryLock(file.fd)) return undefined;
      taken = await isAt(path, file);
      if (taken) return await hold(path, file);
    } finally {
      if (!taken) await file.close();
    }
  }
}

/** The process id that the last holder wrote down, in its own container's numbers; undefined when there is none to read. */
export async function writtenHolder(path: string): Promise<number | undefined> {
  try {
    const written: unknown = JSON.parse((await readIfThere(path)) ?? '');
    const pid = typeof written === 'object' && written !== null && 'pid' in written ? written.pid : undefined;
    return typeof pid === 'number' ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function hold(path: string, file: FileHandle): Promise<Lock> {
  held.add(file);
  const release = async (): Promise<void> => {
    if (!held.delete(file)) return;
    await file.truncate(0).catch(() => undefined);
    await file.close();
  };
  // For people to read only, so a disk that is full keeps nobody from the lock.
  await file
    .truncate(0)
    .then(() => file.appendFile(JSON.stringify({ pid: process.pid })))
    .catch(() => undefined);
  return { holds: async () => held.has(file) && (await isAt(path, file)), release };
}

/** Whether the path still leads to this open file. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  // As bigint: a number rounds inodes above 2^53, and two files could look the same.
  const mine = await file.stat({ bigint: true });
  try {
    const found = await stat(path, { bigint: true });
    return found.ino === mine.ino && found.dev === mine.dev;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
