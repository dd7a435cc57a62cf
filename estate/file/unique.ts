/** A rule for what must stand only once in a file: an address, a key, an id. */
import { type Found, type Rule, select } from './section.ts';
import { sayPath } from './words.ts';

export interface Unique {
  /** Where the values stand; they must differ over all patterns together. */
  readonly among: readonly string[];
  /** `address`, `key`: what must not stand twice. */
  readonly what: string;
  readonly mend: string;
  /** What makes two values the same; undefined leaves a value out. By default a text is itself. */
  readonly identity?: (found: Found, root: unknown) => string | undefined;
}

/** Complains of every later place that repeats an earlier one. The value itself is not repeated (I8). */
export function unique({ among, what, mend, identity = itself }: Unique): Rule {
  return function nothingTwice(root) {
    const first = new Map<string, Found>();
    return among
      .flatMap((pattern) => select(root, pattern))
      .flatMap((found) => {
        const id = identity(found, root);
        const earlier = id === undefined ? undefined : first.get(id);
        if (id !== undefined && earlier === undefined) first.set(id, found);
        if (earlier === undefined) return [];
        const message = `the same ${what} stands at ${sayPath(earlier.path)}`;
        return [{ path: found.path, on: found.isKey ? ('key' as const) : ('value' as const), message, mend }];
      });
  };
}

function itself({ value }: Found): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Two spellings of one address are one address. */
export function urlIdentity({ value }: Found): string | undefined {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value).href : undefined;
}
