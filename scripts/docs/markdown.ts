/** Text of the code within Markdown, in generated pages and in the generated parts of written ones. */

import { type LifeboatError, refusal } from '../../kernel/errors.ts';

/** One line, without anything that would end a table's cell or begin a tag. */
export function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/**
 * A written page with its marked parts made anew: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
 * @param file how a refusal names the page
 * @throws LifeboatError `page-parts` when the page's parts are not exactly `parts`, in their order: one would be missing,
 * or stale for ever. It names the first that is not where it belongs.
 */
export function filled(page: string, parts: Parts, file: string): string {
  const marked = markedIn(page);
  const wanted = Object.keys(parts);
  const at = Array.from({ length: Math.max(marked.length, wanted.length) }, (_, index) => index).find(
    (index) => marked[index] !== wanted[index],
  );
  if (at !== undefined) throw misplaced(file, wanted, marked, at);
  return page.replace(
    MARKED,
    (_, name: string) => `<!-- generated: ${name} -->\n\n${parts[name]?.join('\n')}\n\n<!-- end -->`,
  );
}

/** By name, in the order of the page. */
export type Parts = { readonly [name: string]: readonly string[] };

/** The names of a page's marked parts. */
export function markedIn(page: string): string[] {
  return [...page.matchAll(MARKED)].flatMap(([, name]) => name ?? []);
}

/** A part that is not filled yet. */
export function emptyPart(name: string): string {
  return `<!-- generated: ${name} -->\n\n<!-- end -->`;
}

function misplaced(file: string, wanted: readonly string[], marked: readonly string[], at: number): LifeboatError {
  const [found, missing] = [marked[at], wanted[at]];
  if (found !== undefined && (!wanted.includes(found) || marked.indexOf(found) < at)) {
    const mend = `Remove \`<!-- generated: ${found} -->\` with all up to its \`<!-- end -->\`.`;
    return refusal('page-parts', `the generated part \`${found}\` is not wanted here`, file, mend);
  }
  const place = at === 0 ? 'as the first part' : `after the part \`${wanted[at - 1]}\``;
  const verb = missing !== undefined && marked.includes(missing) ? 'Move' : 'Write';
  return refusal(
    'page-parts',
    `the generated part \`${missing}\` is not where it belongs`,
    file,
    `${verb} \`<!-- generated: ${missing} --><!-- end -->\` ${place}.`,
  );
}

const MARKED = /<!-- generated: (.+?) -->[\s\S]*?<!-- end -->/g;
