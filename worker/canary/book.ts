/**
 * What was acknowledged, kept outside the regions: in memory for questions, and in an append-only file for the next
 * start. The file is bounded: at its limit it becomes the previous one, and the one before that is dropped.
 *
 * Not synced to disk for each line: it must survive the end of this process, not of this machine.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface Ack {
  readonly seq: number;
  /** When its write began, in milliseconds since 1970. */
  readonly at: number;
}

export interface Book {
  /** The next number of a canary: rises always, also over restarts. */
  next(id: string, now: number): number;
  acknowledge(id: string, ack: Ack): void;
  ids(): readonly string[];
  /** Oldest first. */
  acks(id: string): readonly Ack[];
}

const Line = z.tuple([z.string(), z.int(), z.number()]);
const FILE = 'acknowledged.jsonl';
const PREVIOUS = 'acknowledged.1.jsonl';
/** Two files of it hold the last hundred of some five hundred canaries. */
export const LIMIT_BYTES = 4 * 1024 * 1024;

export function openBook(
  folder: string,
  { keep = 100, limitBytes = LIMIT_BYTES }: { keep?: number; limitBytes?: number } = {},
): Book {
  mkdirSync(folder, { recursive: true });
  const [file, previous] = [join(folder, FILE), join(folder, PREVIOUS)];
  const kept = new Map<string, Ack[]>();
  const issued = new Map<string, number>();

  function remember(id: string, ack: Ack): void {
    const acks = kept.get(id) ?? [];
    // Acknowledgements of one canary may overtake each other.
    const after = acks.findLastIndex(({ seq }) => seq < ack.seq) + 1;
    acks.splice(after, 0, ack);
    if (acks.length > keep) acks.splice(0, acks.length - keep);
    kept.set(id, acks);
    issued.set(id, Math.max(ack.seq, issued.get(id) ?? 0));
  }

  for (const path of [previous, file]) {
    for (const [id, seq, at] of readLines(path)) remember(id, { seq, at });
  }
  let sizeBytes = endWithNewline(file);

  return {
    next(id, now) {
      const seq = Math.max(now, (issued.get(id) ?? 0) + 1);
      issued.set(id, seq);
      return seq;
    },
    acknowledge(id, ack) {
      remember(id, ack);
      const line = `${JSON.stringify([id, ack.seq, ack.at])}\n`;
      if (sizeBytes + line.length > limitBytes) {
        renameSync(file, previous);
        sizeBytes = 0;
      }
      appendFileSync(file, line);
      sizeBytes += line.length;
    },
    ids: () => [...kept.keys()],
    acks: (id) => kept.get(id) ?? [],
  };
}

/** A line that a crash tore is left out. */
function readLines(path: string): z.infer<typeof Line>[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = Line.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

/** So that the next line does not continue a torn one. Gives the file's size. */
function endWithNewline(path: string): number {
  appendFileSync(path, '');
  const { size } = statSync(path);
  if (size === 0) return 0;
  appendFileSync(path, '\n');
  return size + 1;
}
