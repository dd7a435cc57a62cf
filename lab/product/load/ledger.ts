/**
 * Owns the ledger: one JSON line for every write that a service acknowledged, appended and synced in groups.
 *
 * What must never happen: an entry counts before it is on disk, or an entry that is on disk is forgotten. So a torn
 * last line (a kill in mid-append) is cut off, and a broken line anywhere else stops the start: a ledger with holes
 * would call lost writes "none" (I11).
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readIfThere, syncFolder } from '../../../host/whole-files.ts';
import { refusal } from '../failure.ts';

export const LedgerEntry = z.object({
  id: z.uuid(),
  /** When the acknowledgement arrived. */
  at: z.iso.datetime(),
  /** The region that answered. */
  region: z.string(),
  /** SHA-256 of the body, base64url. */
  hash: z.string().length(43),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export interface Ledger {
  /** Resolves when the entry is on disk; only then is it in `entries()`. Rejects when the disk refused it. */
  append(entry: LedgerEntry): Promise<void>;
  /** All entries, oldest first; a live view that only grows. */
  entries(): readonly LedgerEntry[];
  /** Writes what is pending and closes the file. */
  close(): Promise<void>;
}

/** Entries wait this long for others to share their sync; well under the 100 ms that a kill may cost. */
const GROUP_MS = 20;

/** The hash that the ledger keeps of a body. */
export function bodyHash(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('base64url');
}

/**
 * Reads a ledger's text. `keptBytes` is the length of the part that is whole; what follows is torn.
 * A last line without its newline is kept when it is a whole entry. Throws a refusal for any other broken line.
 */
export function parseLedger(text: string, where: string): { entries: LedgerEntry[]; keptBytes: number; torn: boolean } {
  const entries: LedgerEntry[] = [];
  let keptBytes = 0;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1;
    if (last && line === '') return { entries, keptBytes, torn: false };
    const entry = parseEntry(line);
    // Only an append that was cut short lacks its newline; a broken line with one was damaged later.
    if (entry === undefined && last) return { entries, keptBytes, torn: true };
    if (entry === undefined) {
      throw refusal(
        'ledger-broken',
        'a line of the ledger is not an entry',
        `${where}:${index + 1}`,
        'Restore the ledger, or move it away and start a new one; its writes are then no longer compared.',
      );
    }
    entries.push(entry);
    keptBytes += Buffer.byteLength(line) + (last ? 0 : 1);
  }
  return { entries, keptBytes, torn: false };
}

function parseEntry(line: string): LedgerEntry | undefined {
  try {
    const parsed = LedgerEntry.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Opens the ledger at `path`, reads it back, and mends a torn end. Throws `ledger-broken`. */
export async function openLedger(path: string): Promise<Ledger & { recovered: { entries: number; torn: boolean } }> {
  const text = (await readIfThere(path)) ?? '';
  const { entries, keptBytes, torn } = parseLedger(text, path);
  const file = await open(path, 'a', 0o600);
  await file.truncate(keptBytes);
  if (keptBytes > 0 && text[text.length - 1] !== '\n' && !torn) await file.appendFile('\n');
  await file.sync();
  await syncFolder(dirname(path));
  return { ...appendTo(file, entries), recovered: { entries: entries.length, torn } };
}

interface Pending {
  readonly entry: LedgerEntry;
  readonly done: (error?: unknown) => void;
}

function appendTo(file: FileHandle, entries: LedgerEntry[]): Ledger {
  let pending: Pending[] = [];
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    const group = pending;
    pending = [];
    if (group.length === 0) return;
    try {
      await file.appendFile(group.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''));
      await file.datasync();
    } catch (error) {
      for (const { done } of group) done(error);
      return;
    }
    for (const { entry, done } of group) {
      entries.push(entry);
      done();
    }
  }

  function schedule(): void {
    if (flushing !== undefined || timer !== undefined || pending.length === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      flushing = flush().finally(() => {
        flushing = undefined;
        schedule();
      });
    }, GROUP_MS);
  }

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        pending.push({ entry, done: (error) => (error === undefined ? resolve() : reject(error)) });
        schedule();
      }),
    entries: () => entries,
    async close() {
      clearTimeout(timer);
      timer = undefined;
      await flushing;
      clearTimeout(timer);
      await flush();
      await file.close();
    },
  };
}
