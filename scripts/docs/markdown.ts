/** Text of the code within generated Markdown. */

/** One line, without anything that would end a table's cell or begin a tag. */
export function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}
