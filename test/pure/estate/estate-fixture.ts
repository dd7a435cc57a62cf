/** The lab's example as the good file that tests break in one place; a `«` marks where the problem must be told. */
import { readFileSync } from 'node:fs';
import { formatProblem, parseEstate } from '../../../estate/file/parse.ts';
import type { Estate } from '../../../estate/schema.ts';

export function exampleText(name: 'lab' | 'google-cloud'): string {
  return readFileSync(new URL(`../../../examples/${name}.yaml`, import.meta.url), 'utf8');
}

export function exampleEstate(name: 'lab' | 'google-cloud'): Estate {
  const result = parseEstate(exampleText(name), `${name}.yaml`);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.estate;
}

/** All problems of a text, one line each; empty for a good one. */
export function problemLines(text: string): string[] {
  const result = parseEstate(text, 'estate.yaml');
  return result.ok ? [] : result.problems.map(formatProblem);
}

/** Replaces the first `from`; throws when it is not there, so that no test breaks nothing. */
export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the example does not hold: ${from}`);
  return text.replace(from, () => to);
}

/** Takes the marks out of a text and says where they stood, as `line:column`. */
export function marked(text: string): { text: string; places: string[] } {
  const parts = text.split('«');
  const places = parts.slice(0, -1).map((_, index) => {
    const before = parts
      .slice(0, index + 1)
      .join('')
      .split('\n');
    return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
  });
  return { text: parts.join(''), places };
}
