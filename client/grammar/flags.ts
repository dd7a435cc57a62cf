/**
 * A flag that nobody takes is told by its name, with the one that is meant: read as the run's name or as a reason, it would
 * be told as something else, or do something else.
 */
import { nearest } from '../../estate/file/words.ts';
import { fieldsOf, runbookNamed } from './inputs.ts';
import type { Known } from './known.ts';
import { type Reading, wrong } from './reading.ts';

const FLAG = /^(--?)([A-Za-z][A-Za-z0-9-]{0,40})/;
/** These end with words of people, in which dashes mean nothing. */
const FREE_TEXT: readonly string[] = ['freeze', 'thaw'];

/** The mistake, where a word looks like a flag and is none; undefined where all is well. */
export function strayFlag(words: readonly string[], known: Known): Reading | undefined {
  const [verb = '', ...rest] = words;
  const fields = verb === 'plan' || verb === 'run' ? fieldNames(rest[0], known) : [];
  const first = rest[0] ?? '';
  for (const [position, word] of rest.entries()) {
    const [, dashes, name] = FLAG.exec(word) ?? [];
    if (name === undefined || fields.includes(name.replace(/^no-/, ''))) continue;
    const near = nearest(name, [...known.flags, ...fields]);
    const isSkins = near !== undefined && known.flags.includes(near) && isClose(name, near);
    // A reason may hold anything; the place of a run's name may not.
    const isNamePlace = position === 0 && !FREE_TEXT.includes(verb) && fields.length === 0;
    if (!isSkins && !isNamePlace) continue;
    const line = isSkins
      ? words.with(position + 1, word.replace(name, near)).join(' ')
      : [verb, ...rest.slice(1)].join(' ');
    return wrong(
      { usage: line },
      {
        problem: `\`${dashes}${name}\` is no flag of ${verb}.`,
        mend: isSkins ? `Did you mean \`--${near}\`?` : `Leave it out${first === word ? ', or name a run' : ''}.`,
        kind: 'usage',
      },
    );
  }
  return undefined;
}

function fieldNames(runbook: string | undefined, known: Known): string[] {
  const found = runbook === undefined ? undefined : runbookNamed(runbook);
  return found === undefined ? [] : fieldsOf(found, known).map(({ name }) => name);
}

/** Nearer than what {@link nearest} offers: a reason's `--as said` is not to be taken for a flag by a far likeness. */
function isClose(name: string, near: string): boolean {
  return near.startsWith(name) || name.startsWith(near) || name[0] === near[0];
}
