/** Checks the file's values against the schema and says in our words what does not fit; no value is repeated (I8). */
import type { z } from 'zod';
import { keysOf, purposeAt, schemaAt } from './known-keys.ts';
import { type Complaint, type Path, valueAt } from './section.ts';
import { mendOfShape } from './shapes.ts';
import { offer, sayName } from './words.ts';

type Issue = z.core.$ZodIssue;

interface Context {
  readonly schema: z.ZodType;
  readonly root: unknown;
}

const kinds: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  string: ['text', 'Write text; put it in quotes if it looks like a number.'],
  number: ['a number', 'Write a number without quotes.'],
  int: ['a whole number', 'Write a whole number without quotes.'],
  boolean: ['true or false', 'Write true or false without quotes.'],
  array: ['a list', 'Write a list: one line with `- ` for each, or [ ... ].'],
  record: ['a mapping', 'Write `name: ...` lines, indented below.'],
  object: ['a mapping', 'Write `key: ...` lines, indented below.'],
};

const NO_PLAIN_VALUE = {
  message: 'this is not a plain value',
  mend: 'Write one line of 1 to 200 characters, a number, or true or false.',
};

/** Everything about a file's values that does not fit its schema. */
export function shapeComplaints(schema: z.ZodType, root: unknown, issues: readonly Issue[]): readonly Complaint[] {
  return issues.flatMap((issue) => complaintsOf({ schema, root }, issue, issue.path.map(asKey)));
}

function asKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

function complaintsOf(context: Context, issue: Issue, path: Path): readonly Complaint[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(context, path, issue.keys);
  if (issue.code === 'invalid_key') return [badKey(path, issue.issues), ...valueUnder(context, path)];
  const value = valueAt(context.root, path);
  if (value === undefined || value === null) return [missing(context, path)];
  return [{ path, on: 'value', ...wordsFor(issue, value) }];
}

function wordsFor(issue: Issue, value: unknown): { message: string; mend: string } {
  if (issue.code === 'invalid_type') {
    const [what, mend] = kinds[issue.expected] ?? ['of another kind', 'Write it as the schema shows.'];
    return { message: `this must be ${what}`, mend };
  }
  if (issue.code === 'invalid_value') return unknownWord(value, issue.values.map(String));
  if (issue.code === 'invalid_union' && discriminators(issue).length > 0)
    return unknownWord(value, discriminators(issue));
  if (issue.code === 'invalid_union') return NO_PLAIN_VALUE;
  if (issue.code === 'too_small') {
    const least = `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    const count = issue.origin === 'array' ? ' in the list' : '';
    return { message: `this is too little: ${least}${count} is needed`, mend: `Write ${least}.` };
  }
  if (issue.code === 'too_big') {
    const most = `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    return { message: `this is too much: ${most} is allowed`, mend: `Write ${most}.` };
  }
  const mend = mendOfShape(issue.message);
  if (mend !== undefined) return { message: issue.message, mend };
  return { message: 'this does not fit', mend: 'Write it as the schema shows.' };
}

function unknownWord(value: unknown, known: readonly string[]): { message: string; mend: string } {
  // A mapping has no text, and one with a key `toString` would throw for it; no word is near to it.
  const written = typeof value === 'object' ? '' : String(value);
  return { message: 'this is not one of the known words', mend: offer(written, known) };
}

function discriminators(issue: Issue): readonly string[] {
  const options = valueAt(issue, ['options']);
  return Array.isArray(options) ? options.map(String) : [];
}

function unknownKeys({ schema, root }: Context, path: Path, keys: readonly string[]): readonly Complaint[] {
  const known = keysOf(schemaAt(schema, root, path));
  return keys.map((key) => ({
    path: [...path, key],
    on: 'key',
    message: `the key ${sayName(key)} is not known here`,
    mend: offer(key, known),
  }));
}

function badKey(path: Path, issues: readonly Issue[]): Complaint {
  const message = issues[0]?.message ?? '';
  const mend = mendOfShape(message) ?? 'Write it as the schema shows.';
  return { path, on: 'key', message: message === '' ? 'this does not fit' : message, mend };
}

/** Zod does not look under a key that is wrong; its value may be wrong as well, and all is told at once. */
function valueUnder({ schema, root }: Context, path: Path): readonly Complaint[] {
  const result = schemaAt(schema, root, path)?.safeParse(valueAt(root, path));
  if (result === undefined || result.success) return [];
  return result.error.issues.flatMap((issue) =>
    complaintsOf({ schema, root }, issue, [...path, ...issue.path.map(asKey)]),
  );
}

function missing({ schema, root }: Context, path: Path): Complaint {
  const purpose = purposeAt(schema, root, path);
  const key = path.at(-1);
  const name = typeof key === 'string' ? sayName(key) : 'the value';
  const mend = `Add ${name}${purpose === undefined ? '' : `: ${purpose.charAt(0).toLowerCase()}${purpose.slice(1)}`}.`;
  return { path, on: 'key', message: `${name} is missing`, mend };
}
