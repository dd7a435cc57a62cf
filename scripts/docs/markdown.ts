/** Text of the code within Markdown, in generated pages and in the generated parts of written ones. */

/** One line, without anything that would end a table's cell or begin a tag. */
export function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/**
 * A written page with its marked parts made anew: what stands between `<!-- generated: NAME -->` and `<!-- end -->`.
 * @throws Error when the page's parts are not exactly `parts`, in their order: one would be missing, or stale for ever.
 */
export function filled(page: string, parts: { readonly [name: string]: readonly string[] }): string {
  const marked = [...page.matchAll(MARKED)].flatMap(([, name]) => name ?? []);
  const wanted = Object.keys(parts);
  if (marked.join() !== wanted.join()) {
    throw new Error(`The page has the generated parts ${marked.join(', ')}; it needs ${wanted.join(', ')}.`);
  }
  return page.replace(
    MARKED,
    (_, name: string) => `<!-- generated: ${name} -->\n\n${parts[name]?.join('\n')}\n\n<!-- end -->`,
  );
}

const MARKED = /<!-- generated: (.+?) -->[\s\S]*?<!-- end -->/g;
