/**
 * What a section of the estate file is: its schema, the names in it that refer to something, its own rules, and the
 * change queues that follow from it.
 *
 * References and rules read the file's raw values and not the parsed estate, so that a mistake in one place never
 * hides a mistake in another: all problems are told at once. They must therefore expect any value anywhere.
 */
import type { z } from 'zod';
import type { Named } from '../queues.ts';

export type Path = readonly (string | number)[];

/** A place that a pattern found. `captures` are what its `*` and `#` stood for, from left to right. */
export interface Found {
  readonly path: Path;
  readonly captures: readonly string[];
  readonly value: unknown;
  /** Whether the pattern ended in `#`: the key itself is meant, and not what stands under it. */
  readonly isKey: boolean;
}

/** A name that must be known. */
export interface Reference {
  /** Where the name stands: `services.*.cluster`; a last `#` means each key: `services.*.regions.#`. */
  readonly from: string;
  /** The mapping whose keys are the known names. One that is not there was reported elsewhere, and is skipped. */
  readonly to: (found: Found, root: unknown) => Path | undefined;
  /** What is named, with its article: `a region`. */
  readonly what: string;
}

/** A broken rule. `on: 'key'` points at the key, else at the value. Neither text may repeat a value (I8). */
export interface Complaint {
  readonly path: Path;
  readonly on: 'key' | 'value';
  readonly message: string;
  readonly mend: string;
}

export type Rule = (root: unknown) => readonly Complaint[];

export interface Section<S extends z.ZodType> {
  readonly schema: S;
  readonly references: readonly Reference[];
  readonly rules: readonly Rule[];
  /** The task queues of the agents that change what stands in this section, which is parsed by then. */
  readonly queues: (estate: Named, parsed: z.output<S>) => readonly string[];
}

/** A section as others see it: what is left out is none. */
export function section<S extends z.ZodType>(
  parts: Pick<Section<S>, 'schema'> & Partial<Omit<Section<S>, 'schema'>>,
): Section<S> {
  return { references: [], rules: [], queues: () => [], ...parts };
}

/** A mapping's entries; of anything else none. Never reads what is inherited, such as `constructor`. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isMapping(value) ? Object.entries(value) : [];
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** All places that a pattern such as `traffic.*.shares.#` finds; `*` is each value of a mapping or list. */
export function select(root: unknown, pattern: string): readonly Found[] {
  let found: Found[] = [{ path: [], captures: [], value: root, isKey: false }];
  for (const part of pattern.split('.')) found = found.flatMap((from) => onward(from, part));
  return found;
}

function onward(from: Found, part: string): Found[] {
  if (part === '*' && Array.isArray(from.value)) return from.value.map((value, index) => under(from, index, value));
  if (part === '*') return entriesOf(from.value).map(([key, value]) => under(from, key, value));
  if (part === '#') return entriesOf(from.value).map(([key, value]) => ({ ...under(from, key, value), isKey: true }));
  const value = valueAt(from.value, [part]);
  return value === undefined ? [] : [{ ...from, path: [...from.path, part], value }];
}

function under(from: Found, key: string | number, value: unknown): Found {
  return { path: [...from.path, key], captures: [...from.captures, String(key)], value, isKey: false };
}
