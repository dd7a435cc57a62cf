/**
 * Reads YAML into plain values and remembers where each stands.
 *
 * Deliberately less than YAML: no anchors, aliases, tags or second document. Each would make two places of one value,
 * so that a problem's position lies, and nested aliases make a small file huge. Never throws, whatever the text.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import { type Complaint, type Path, valueAt } from './section.ts';
import { sayName } from './words.ts';
import { syntaxComplaint } from './yaml-errors.ts';

/** Characters; an estate of 1,000 nodes has about 200,000. */
const longestText = 4_000_000;
/** The schema needs 8. */
const deepestNesting = 32;

/** A complaint whose place is known as an offset in the text. */
export interface PlacedComplaint extends Complaint {
  readonly offset: number;
}

/** A scalar of the file with its place; `range` is [from, to) in the text, quotes included. */
export interface ReadScalar {
  readonly path: Path;
  readonly on: 'key' | 'value';
  readonly text: string;
  readonly range: readonly [number, number];
}

export interface ReadFile {
  /** Plain objects, lists and scalars; undefined when the text could not be read at all. */
  readonly root: unknown;
  readonly complaints: readonly PlacedComplaint[];
  readonly scalars: readonly ReadScalar[];
  /** Where a path stands; of what is absent, its nearest ancestor that is there. */
  readonly offsetOf: (path: Path, on: 'key' | 'value') => number;
  /** Line and column of an offset, both from 1. */
  readonly positionOf: (offset: number) => { line: number; column: number };
}

export function readDocument(text: string): ReadFile {
  const lines = new LineCounter();
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = text.length > longestText ? 'too-long' : compose(text, lines);
  if (typeof document === 'string') {
    const complaint =
      document === 'too-long'
        ? { message: 'the file is too long', mend: `Keep it below ${longestText} characters.` }
        : { message: 'this could not be read as YAML', mend: 'Write it as the schema shows.' };
    const complaints = [{ ...complaint, path: [], on: 'value' as const, offset: 0 }];
    return { root: undefined, complaints, scalars: [], offsetOf: () => 0, positionOf };
  }
  const walk = newWalk();
  const root = readNode(walk, document.contents, []);
  const syntax = firstOfEach(
    [...document.errors, ...document.warnings].map(({ code, pos }) => ({ ...syntaxComplaint(code), offset: pos[0] })),
  );
  return {
    root,
    complaints: [...syntax, ...walk.complaints],
    scalars: walk.scalars,
    offsetOf: (path, on) => offsetIn(walk, root, path, on),
    positionOf,
  };
}

function compose(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
      logLevel: 'error',
      resolveKnownTags: false,
    });
  } catch {
    return 'unreadable';
  }
}

/** One slip in YAML makes the parser stumble over all that follows: the first of a kind says it. */
function firstOfEach(complaints: readonly PlacedComplaint[]): readonly PlacedComplaint[] {
  return complaints.filter(
    ({ message }, index) => complaints.findIndex((other) => other.message === message) === index,
  );
}

interface Walk {
  readonly complaints: PlacedComplaint[];
  readonly scalars: ReadScalar[];
  readonly offsets: Map<string, { key: number; value: number }>;
}

function newWalk(): Walk {
  return { complaints: [], scalars: [], offsets: new Map() };
}

function readNode(walk: Walk, node: unknown, path: Path, keyOffset = 0): unknown {
  const offset = isNode(node) && node.range ? node.range[0] : keyOffset;
  if (!walk.offsets.has(placeOf(path))) walk.offsets.set(placeOf(path), { key: keyOffset, value: offset });
  const complain = (message: string, mend: string) =>
    walk.complaints.push({ path, on: 'value', message, mend, offset });
  if (path.length > deepestNesting) {
    complain('the file is nested too deeply', 'Write it as the schema shows.');
    return null;
  }
  if (isAlias(node) || (isNode(node) && (node.tag !== undefined || node.anchor !== undefined))) {
    const { message, mend } = syntaxComplaint('BAD_ALIAS');
    complain(message, mend);
  }
  if (isMap(node)) return mappingOf(walk, node.items, path);
  if (isSeq(node))
    return node.items.map((item, index) => readNode(walk, item, [...path, index], offsetOfNode(item, offset)));
  if (!isScalar(node)) return null;
  if (typeof node.value === 'string') noteScalar(walk, node, path, 'value', node.value);
  return node.value;
}

function mappingOf(walk: Walk, pairs: readonly Pair[], path: Path): Record<string, unknown> {
  const mapping: Record<string, unknown> = {};
  for (const pair of pairs) {
    // A key that is no scalar has been complained of by the parser.
    if (!isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const offset = offsetOfNode(pair.key, 0);
    const here = [...path, key];
    const complain = (message: string, mend: string) =>
      walk.complaints.push({ path: here, on: 'key', message, mend, offset });
    noteScalar(walk, pair.key, here, 'key', key);
    if (pair.key.anchor !== undefined || pair.key.tag !== undefined || key === '<<') {
      const { message, mend } = syntaxComplaint('BAD_ALIAS');
      complain(message, mend);
    }
    if (Object.hasOwn(mapping, key)) complain(`the key ${sayName(key)} stands twice`, 'Keep one of them.');
    const value = readNode(walk, pair.value, here, offset);
    // `__proto__` would change the object instead of entering it, and hide from every check that follows.
    if (key === '__proto__') complain('this key is not allowed', 'Choose another name.');
    else if (!Object.hasOwn(mapping, key)) mapping[key] = value;
  }
  return mapping;
}

function noteScalar(walk: Walk, node: { range?: unknown }, path: Path, on: 'key' | 'value', text: string): void {
  const offset = offsetOfNode(node, 0);
  const end = valueAt(node, ['range', 1]);
  walk.scalars.push({ path, on, text, range: [offset, typeof end === 'number' ? end : offset] });
  // RFC 8785 has no form for it, so an estate that held one would have no digest.
  if (!text.isWellFormed()) {
    const mend = 'Write it again as plain text, in UTF-8.';
    walk.complaints.push({ path, on, message: 'here stands half a character (a lone surrogate)', mend, offset });
  }
}

function offsetOfNode(node: unknown, otherwise: number): number {
  return isNode(node) && node.range ? node.range[0] : otherwise;
}

/** One text for each path. */
function placeOf(path: Path): string {
  return JSON.stringify(path);
}

function offsetIn(walk: Walk, root: unknown, path: Path, on: 'key' | 'value'): number {
  const here = walk.offsets.get(placeOf(path));
  if (here !== undefined) return valueAt(root, path) === null || on === 'key' ? here.key : here.value;
  return path.length === 0 ? 0 : offsetIn(walk, root, path.slice(0, -1), 'key');
}
