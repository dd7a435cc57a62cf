/**
 * How problems speak of names. What is not plainly a name is never repeated: it may be a secret that was pasted into
 * the wrong place (I8). So all text from a file that reaches a message goes through `sayName`.
 */
import { distance } from 'fastest-levenshtein';
import { looksSecret } from './secrets.ts';
import type { Path } from './section.ts';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$/;

/** A name in back quotes, or `…` for what may not be repeated. */
export function sayName(name: string): string {
  return namePattern.test(name) && !looksSecret(name) ? `\`${name}\`` : '`…`';
}

/** `cassandra.main.keyspaces`, in back quotes; keys that may not be repeated are shown as `…`. */
export function sayPath(path: Path): string {
  return `\`${writePath(path)}\``;
}

/** As {@link sayPath}, without the quotes: `proofs[0].after[1]`. */
export function writePath(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const shown = sayName(key).slice(1, -1);
      return index === 0 ? shown : `.${shown}`;
    })
    .join('');
}

/** The known name that is nearest to what was written; undefined when nothing is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = written.slice(0, 64).toLowerCase();
  const ranked = known
    .map((name) => ({ name, far: distance(word, name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.far <= Math.max(2, Math.ceil(Math.max(word.length, best.name.length) / 2)) ? best.name : undefined;
}

/** `Did you mean \`x\`? Known: \`x\`, \`y\`.`; at most twenty names are listed. */
export function offer(written: string, known: readonly string[]): string {
  const [only] = known;
  if (only === undefined) return 'None is known here.';
  if (known.length === 1) return `Only ${sayName(only)} is known here.`;
  const near = nearest(written, known);
  const listed = known.slice(0, 20).map(sayName).join(', ');
  const more = known.length > 20 ? ` and ${known.length - 20} more` : '';
  return `${near === undefined ? '' : `Did you mean ${sayName(near)}? `}Known: ${listed}${more}.`;
}
