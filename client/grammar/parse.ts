/**
 * From a line of text to a typed command, or to what is wrong with it and the nearest line that would be right. Pure;
 * nothing is started from a line that was not understood (I12).
 *
 * A mistake carries its own repair; the repaired line is read again, so what is offered is always a valid command, or
 * the usage of the verb where a part is missing that nobody can guess.
 *
 *   command.ts  the commands, as data              verbs.ts   what each verb takes; start.ts: of `plan` and `run`
 *   tokens.ts   a line cut into words              inputs.ts  what a runbook is given, against what it is asked
 *   reading.ts  a command, or a mistake and its repair         help.ts   the help, made from all of these
 *   known.ts    the names that the estate has               flags.ts   a flag that nobody takes
 */
import type { Command } from './command.ts';
import { strayFlag } from './flags.ts';
import { type Known, NOTHING_KNOWN } from './known.ts';
import type { Reading } from './reading.ts';
import { quoted, tokensOf } from './tokens.ts';
import { readVerb } from './verbs.ts';

export interface Misread {
  readonly ok: false;
  /** What is wrong, as a sentence. */
  readonly problem: string;
  /** The nearest line: valid, or with `<…>` where a part is missing. Without the leading `/lifeboat`. */
  readonly nearest: string;
  /** What to do, as a sentence. */
  readonly mend: string;
  /** Whether the line was no command at all (`usage`), or a command with bad input. */
  readonly kind: 'usage' | 'input';
}

export type Parsed = { readonly ok: true; readonly command: Command } | Misread;

/** More mistakes than this in one line, and its repair would be a guess. */
const MAX_REPAIRS = 6;

/** Reads a line, such as the text of the slash command. */
export function parseCommand(text: string, known: Known = NOTHING_KNOWN): Parsed {
  return parseWords(tokensOf(text), known);
}

/**
 * Reads words that are cut already, such as a terminal's arguments; none at all ask for the status.
 * @param known what the estate names; words about it are mended too where it is given
 */
export function parseWords(words: readonly string[], known: Known = NOTHING_KNOWN): Parsed {
  const reading = strayFlag(words, known) ?? readVerb(words.length === 0 ? ['status'] : words, known);
  if (reading.ok) return reading;
  const { problem, mend, kind } = reading;
  return { ok: false, problem, mend, kind, nearest: nearestLine(reading, known) };
}

function nearestLine(first: Exclude<Reading, { ok: true }>, known: Known): string {
  let reading = first;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs += 1) {
    if (!reading.repaired) return reading.usage;
    const again = readVerb(reading.repaired, known);
    if (again.ok) return reading.repaired.map(quoted).join(' ');
    reading = again;
  }
  return reading.usage;
}
