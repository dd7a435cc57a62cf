/**
 * What was acknowledged, kept outside the regions: in memory for questions, and in an append-only file for the next
 * start. Old ones are thinned (thinning.ts). The file is bounded: at its limit it becomes the previous one, the next one
 * begins with all that is still kept, and the one before is dropped.
 *
 * Not synced to disk for each line: it must survive the end of this process, not of this machine.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { thinned } from './thinning.ts';

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
  /** Oldest first; the newest all, older ones ever sparser. */
  acks(id: string): readonly Ack[];
}

const Line = z.tuple([z.string(), z.int(), z.number()]);
const FILE = 'acknowledged.jsonl';
const PREVIOUS = 'acknowledged.1.jsonl';
/** Of what a file may grow to beside what it began with. */
/** Of each canary, before they are thinned. */
export const KEEP = 100;
/** Thinning looks at all of a canary, so it is not done for each. */
const BATCH = 64;
export const LIMIT_BYTES = 4 * 1024 * 1024;

export function openBook(
  folder: string,
  { keep = KEEP, limitBytes = LIMIT_BYTES }: { keep?: number; limitBytes?: number } = {},
): Book {
  mkdirSync(folder, { recursive: true });
  const [file, previous] = [join(folder, FILE), join(folder, PREVIOUS)];
  const kept = new Map<string, Ack[]>();
  /** How many of a canary there may be before they are thinned again. */
  const thinAt = new Map<string, number>();
  const issued = new Map<string, number>();

  function remember(id: string, ack: Ack): void {
    const acks = kept.get(id) ?? [];
    // Acknowledgements of one canary may overtake each other, and what was kept stands in two files.
    const after = acks.findLastIndex(({ seq }) => seq < ack.seq) + 1;
    if (acks[after]?.seq !== ack.seq) acks.splice(after, 0, ack);
    const full = acks.length >= (thinAt.get(id) ?? keep + BATCH);
    const fewer = full ? thinned(acks, keep) : acks;
    if (full) thinAt.set(id, fewer.length + BATCH);
    kept.set(id, fewer);
    issued.set(id, Math.max(ack.seq, issued.get(id) ?? 0));
  }

  for (const path of [previous, file]) {
    for (const [id, seq, at] of readLines(path)) remember(id, { seq, at });
  }
  let sizeBytes = endWithNewline(file);
  let limit = limitBytes;

  /** A crash between the two loses nothing: the previous file began as this one does. */
  function startAnew(): void {
    renameSync(file, previous);
    const lines = [...kept].flatMap(([id, acks]) => thinned(acks, keep).map((ack) => lineOf(id, ack)));
    writeFileSync(file, lines.join(''));
    sizeBytes = lines.reduce((sum, { length }) => sum + length, 0);
    limit = sizeBytes + limitBytes;
  }

  return {
    next(id, now) {
      const seq = Math.max(now, (issued.get(id) ?? 0) + 1);
      issued.set(id, seq);
      return seq;
    },
    acknowledge(id, ack) {
      remember(id, ack);
      const line = lineOf(id, ack);
      if (sizeBytes + line.length > limit) return startAnew();
      appendFileSync(file, line);
      sizeBytes += line.length;
    },
    ids: () => [...kept.keys()],
    acks: (id) => thinned(kept.get(id) ?? [], keep),
  };
}

function lineOf(id: string, { seq, at }: Ack): string {
  return `${JSON.stringify([id, seq, at])}\n`;
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
