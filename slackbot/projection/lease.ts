/**
 * Of several bots one posts. The others answer commands and presses, and take over when it ends.
 *
 * What a lease guards is duplicates in Slack, not the estate: nothing changes twice when two bots post.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface PostingLease {
  /** Whether this process may post now; takes a free lease. Cheap: asked before every round of posts. */
  hold(): Promise<boolean>;
  release(): Promise<void>;
}

/** For a bot that is alone by construction, and for tests. */
export function soleLease(): PostingLease {
  return { hold: async () => true, release: async () => undefined };
}

interface Holder {
  readonly pid: number;
  /** Ticks since boot at which the process began: a pid is used again, the pair is not. */
  readonly startTicks: string;
  readonly host: string;
  readonly nonce: string;
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command may hold spaces; what follows its last parenthesis does not. Field 22 of proc_pid_stat(5).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startTicks, host }: Holder): boolean {
  // Of another machine nothing is known, so its lease stands until a person removes the file.
  if (host !== hostname()) return true;
  return startTicksOf(pid) === startTicks;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    // A file that was being written when its writer died names no living process.
    return codeOf(error) === 'ENOENT' ? undefined : { pid: 0, startTicks: '', host: hostname(), nonce: '' };
  }
}

/** A lease between the processes of one machine: a file made with O_EXCL that names a living process. */
export function fileLease(path: string): PostingLease {
  const nonce = randomBytes(12).toString('hex');
  const me: Holder = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '', host: hostname(), nonce };

  async function take(): Promise<boolean> {
    // Written aside and linked, so that nobody ever reads half a holder.
    const aside = `${path}.${nonce}`;
    const file = await open(aside, 'w', 0o600);
    await file.writeFile(JSON.stringify(me)).finally(() => file.close());
    try {
      await link(aside, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(aside, { force: true });
    }
  }

  /** Moves a dead holder's file away; when somebody living took it meanwhile, it is put back. */
  async function bury(dead: Holder): Promise<void> {
    const grave = `${path}.${nonce}.dead`;
    try {
      await rename(path, grave);
    } catch {
      return;
    }
    const moved = await readHolder(grave);
    if (moved !== undefined && moved.nonce !== dead.nonce) await link(grave, path).catch(() => undefined);
    await rm(grave, { force: true });
  }

  return {
    hold: async () => {
      const holder = await readHolder(path);
      if (holder?.nonce === nonce) return true;
      if (holder !== undefined && isAlive(holder)) return false;
      if (holder !== undefined) await bury(holder);
      return take();
    },
    release: async () => {
      if ((await readHolder(path))?.nonce === nonce) await rm(path, { force: true });
    },
  };
}
