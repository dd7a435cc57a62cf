/**
 * Just enough reading of TypeScript to find a call and its arguments in a source's text: strings, templates, comments
 * and brackets are understood, nothing else. Sources are formatted by the linter, which keeps this honest.
 */

const OPEN = '([{';
const CLOSE = ')]}';

/** Index just after a string, template or comment that starts at `at`; `at` itself where none does. */
function skip(text: string, at: number): number {
  const character = text[at] ?? '';
  if (text.startsWith('//', at)) return endOf(text.indexOf('\n', at), text);
  if (text.startsWith('/*', at)) return endOf(text.indexOf('*/', at) + 1, text) + 1;
  if (character === "'" || character === '"') {
    for (let index = at + 1; index < text.length; index += 1) {
      if (text[index] === '\\') index += 1;
      else if (text[index] === character) return index + 1;
    }
  }
  if (character !== '`') return at;
  for (let index = at + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '`') return index + 1;
    else if (text.startsWith('${', index)) index = closing(text, index + 1) - 1;
  }
  return text.length;
}

function endOf(index: number, text: string): number {
  return index <= 0 ? text.length : index;
}

/** Index just after the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const after = skip(text, at);
    if (after > at) {
      at = after;
      continue;
    }
    if (OPEN.includes(text[at] ?? '_')) depth += 1;
    if (CLOSE.includes(text[at] ?? '_')) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** What stands between the bracket at `open` and its end, cut at its own commas. */
export function partsAt(text: string, open: number): string[] {
  const end = closing(text, open) - 1;
  const parts: string[] = [];
  let from = open + 1;
  let depth = 0;
  for (let at = from; at < end; ) {
    const after = skip(text, at);
    if (after > at) {
      at = after;
      continue;
    }
    const character = text[at] ?? '_';
    if (OPEN.includes(character)) depth += 1;
    if (CLOSE.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    at += 1;
  }
  parts.push(text.slice(from, end));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

export interface FoundCall {
  readonly args: readonly string[];
  /** Where in the text it stands. */
  readonly at: number;
}

/** Every place where `name(` is called; declarations and longer names are none. */
export function callsOf(text: string, name: string): FoundCall[] {
  const pattern = new RegExp(`(?<![\\w.$])(?<!function )${name}\\(`, 'g');
  return [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
    args: partsAt(text, index + found.length - 1),
    at: index,
  }));
}

/** What a plain name stands for: the last `const name = …;` before `at`. Anything else, and a name without one, is kept. */
export function resolved(expression: string, text: string, at: number): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(expression)) return expression;
  const made = [...text.slice(0, at).matchAll(new RegExp(`const ${expression} =\\s*([\\s\\S]*?);\\n`, 'g'))].at(-1);
  return made?.[1] ?? expression;
}

/** Every object literal that begins with the property `first`, as its properties' source. */
export function objectsWith(text: string, first: string): { readonly [property: string]: string }[] {
  return [...text.matchAll(new RegExp(`\\{\\s*${first}: `, 'g'))].map(({ index }) =>
    Object.fromEntries(
      partsAt(text, index).map((part) => {
        const colon = part.indexOf(':');
        return colon === -1 ? [part, part] : [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
      }),
    ),
  );
}

/**
 * The texts that an expression may come to, with `‹…›` where a value is filled in; both arms of a condition. Empty
 * where it is no literal at all.
 */
export function textsOf(expression: string): string[] {
  const texts: string[] = [];
  for (let at = 0; at < expression.length; ) {
    const after = skip(expression, at);
    if (after > at && !expression.startsWith('/', at)) texts.push(literal(expression.slice(at, after)));
    at = Math.max(after, at + 1);
  }
  // `a + b` is one text in pieces; a condition is one text or the other.
  return texts.length > 1 && !expression.includes('?') ? [texts.join('‹…›')] : texts;
}

function literal(source: string): string {
  const inner = source.slice(1, -1);
  if (!source.startsWith('`')) return inner.replace(/\\(.)/g, '$1');
  let text = '';
  for (let at = 0; at < inner.length; ) {
    if (inner.startsWith('${', at)) {
      const end = closing(inner, at + 1);
      text += placeholder(inner.slice(at + 2, end - 1));
      at = end;
    } else if (inner[at] === '\\') {
      text += inner[at + 1] ?? '';
      at += 2;
    } else {
      text += inner[at];
      at += 1;
    }
  }
  return text;
}

/** `${one.value.why}` reads as ‹why›, with or without its full stop; what is no plain name as ‹…›. */
function placeholder(expression: string): string {
  const bare = expression.trim().replace(/^asClause\((.*)\)$/s, '$1');
  const names = /^[\w$]+(?:\??\.[\w$]+)*$/.exec(bare);
  return names ? `‹${bare.split('.').at(-1)}›` : '‹…›';
}
