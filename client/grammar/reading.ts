/** What reading a verb gives: a command, or a mistake that carries its own repair. */
import { sayName } from '../../estate/file/words.ts';
import type { Command } from './command.ts';
import type { Known } from './known.ts';

/** What reading one verb gives: a command, or the mistake with the words that would mend it. */
export type Reading =
  | { readonly ok: true; readonly command: Command }
  | {
      readonly ok: false;
      readonly problem: string;
      readonly mend: string;
      readonly kind: 'usage' | 'input';
      /** The words with this one mistake mended; undefined when a part is missing that cannot be guessed. */
      readonly repaired?: readonly string[];
      /** The line to offer when there is no repair. */
      readonly usage: string;
    };

export interface Verb {
  readonly name: Command['verb'];
  readonly usage: string;
  readonly summary: string;
  readonly read: (verb: Verb, rest: readonly string[], known: Known) => Reading;
}

type Wrong = Omit<Exclude<Reading, { ok: true }>, 'ok' | 'usage'>;
/** The line was understood. */
export const ok = (command: Command): Reading => ({ ok: true, command });
/** It was not; with the usage to offer when there is no repair. */
export const wrong = ({ usage }: { usage: string }, found: Wrong): Reading => ({ ok: false, usage, ...found });
/** A part that nobody can guess is missing. */
export const missing = (verb: Verb, what: string): Reading =>
  wrong(verb, { problem: `${verb.name} needs ${what}.`, mend: `Write \`${verb.usage}\`.`, kind: 'usage' });
/** One word too many; without it the line is right. */
export const tooMuch = (verb: Verb, keep: readonly string[], extra: string): Reading =>
  wrong(verb, {
    problem: `${verb.name} does not take ${sayName(extra)}.`,
    mend: `Write \`${verb.usage}\`.`,
    kind: 'usage',
    repaired: [verb.name, ...keep],
  });
