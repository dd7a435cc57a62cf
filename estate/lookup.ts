/** Looks a name up in a section. Never finds what every object inherits: `constructor` is no region. */
import { type LifeboatError, refusal } from '../kernel/errors.ts';
import { offer, sayName } from './file/words.ts';

export function own<T>(section: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(section, name) ? section[name] : undefined;
}

/** What stands under a name, or a refusal `unknown-<what>` that offers the nearest (I12). */
export function required<T>(section: Readonly<Record<string, T>>, name: string, what: string): T {
  const value = own(section, name);
  if (value === undefined) throw unknownName(what, name, Object.keys(section));
  return value;
}

/** @param what a noun without an article: `region`; spaces become hyphens in the error's type */
export function unknownName(what: string, name: string, known: readonly string[]): LifeboatError {
  const type = `unknown-${what.toLowerCase().replaceAll(' ', '-')}`;
  return refusal(type, `the estate has no ${what} ${sayName(name)}`, 'estate', offer(name, known));
}
