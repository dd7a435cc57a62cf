/**
 * The verbs that the slash command and the terminal share: from a line of text to a typed command, or to what is wrong
 * with it and the nearest line that would be right. Pure; nothing is started from a line that was not understood (I12).
 *
 * A mistake carries its own repair; the repaired line is read again, so what is offered is always a valid command, or
 * the usage of the verb where a part is missing that nobody can guess.
 */
import type { JsonObject } from '../../kernel/json.ts';
import type { Choice } from '../../kernel/run/state.ts';
import type { Reading } from './reading.ts';
import { quoted, tokensOf } from './tokens.ts';
import { readVerb } from './verbs.ts';

export type Command =
  | { readonly verb: 'help'; readonly about: string | undefined }
  | { readonly verb: 'list' }
  | { readonly verb: 'plan' | 'run'; readonly runbook: string; readonly input: JsonObject; readonly reason: string }
  | { readonly verb: 'status'; readonly run: string | undefined }
  | { readonly verb: 'pause' | 'resume' | 'abort'; readonly run: string; readonly reason: string }
  | { readonly verb: 'approve'; readonly run: string }
  | { readonly verb: 'who'; readonly run: string }
  | { readonly verb: 'reject'; readonly run: string; readonly reason: string }
  | { readonly verb: 'resolve'; readonly run: string; readonly choice: Choice; readonly reason: string }
  | { readonly verb: 'break-glass'; readonly run: string; readonly rule: string; readonly reason: string }
  | { readonly verb: 'freeze' | 'thaw'; readonly what: 'runs' | 'expiry'; readonly reason: string };

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
export function parseCommand(text: string): Parsed {
  return parseWords(tokensOf(text));
}

/** Reads words that are cut already, such as a terminal's arguments. */
export function parseWords(words: readonly string[]): Parsed {
  const reading = readVerb(words.length === 0 ? ['help'] : words);
  if (reading.ok) return reading;
  const { problem, mend, kind } = reading;
  return { ok: false, problem, mend, kind, nearest: nearestLine(reading) };
}

function nearestLine(first: Exclude<Reading, { ok: true }>): string {
  let reading = first;
  for (let repairs = 0; repairs < MAX_REPAIRS; repairs += 1) {
    if (!reading.repaired) return reading.usage;
    const again = readVerb(reading.repaired);
    if (again.ok) return reading.repaired.map(quoted).join(' ');
    reading = again;
  }
  return reading.usage;
}
