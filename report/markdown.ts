/** The Markdown form, for tickets and repositories. Foreign text cannot become markup, a link or an HTML tag. */

import { redact } from '../estate/file/secrets.ts';
import { type Block, type Document, type Inline, piecesOf, type Text } from './document.ts';

const LOUD = { good: '', bad: '**', warn: '**', quiet: '' } as const;

export function markdownOf({ title, subtitle, status, sections }: Document): string {
  const parts = [
    `# ${text(title)}`,
    `**${text(status.word)}**`,
    subtitle.map(inline).join(' · '),
    ...sections.flatMap(({ title: heading, blocks }) => [`## ${text(heading)}`, ...blocks.map(blockMarkdown)]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One line; whatever Markdown or HTML would read as more than text is escaped. */
export function escapeMarkdown(value: string): string {
  return value
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .replace(/[\\`*_[\]|~#!]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

const text = (value: string): string => escapeMarkdown(redact(value));

function inline(value: Text): string {
  return piecesOf(value).map(piece).join('');
}

function piece(one: Inline): string {
  if (typeof one === 'string') return text(one);
  if ('code' in one) return codeSpan(one.code);
  if ('strong' in one) return bold(text(one.strong), '**');
  return bold(text(one.mark), LOUD[one.tone]);
}

/** Spaces within the asterisks would leave them as they are. */
function bold(value: string, marks: string): string {
  const clean = value.trim();
  return clean === '' ? value : value.replace(clean, () => `${marks}${clean}${marks}`);
}

/** A pipe would end a table's cell even between backticks. */
function codeSpan(value: string): string {
  const clean = value.replace(/\s+/g, ' ').replaceAll('`', "'").replaceAll('|', '\\|');
  return clean.trim() === '' ? '' : `\`${clean}\``;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return inline(block.text);
    case 'callout':
      return `> **${text(block.title)}** ${inline(block.text)}`.trimEnd();
    case 'figures':
      return table(
        ['What', 'Measured', 'Against'],
        block.figures.map(({ label, value, verdict }) => [text(label), `**${text(value)}**`, text(verdict)]),
      );
    case 'pairs':
      return block.pairs.map(([label, value]) => `- ${text(label)}: ${inline(value)}`).join('\n');
    case 'list':
      return block.items.map((one) => `- ${inline(one)}`).join('\n');
    case 'table':
      return table(
        block.columns.map(({ title }) => text(title)),
        block.rows.map(({ cells, group }) =>
          group ? block.columns.map((_, at) => (at === 0 ? `**${inline(cells[0] ?? '')}**` : '')) : cells.map(inline),
        ),
      );
    case 'picture':
      return block.moments.map((one) => `- ${inline(one)}`).join('\n');
  }
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
