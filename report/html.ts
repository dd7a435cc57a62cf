/**
 * The HTML form: one page that needs nothing else. Every foreign text passes `escapeHtml`; its content policy forbids
 * scripts and every fetch, so that even a mistake here could not run or call anything.
 */

import { redact } from '../estate/file/secrets.ts';
import { type Block, type Document, type Inline, piecesOf, type Section, type Text } from './document.ts';
import { STYLE } from './style.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in text and in quoted attributes; control characters, which HTML forbids, are dropped. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}

export function htmlOf(document: Document): string {
  const { title, status, subtitle, sections } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="status ${status.tone}">${text(status.word)}</p>
<h1>${text(title)}</h1>
<p class="subtitle">${subtitle.map((one) => `<span>${inline(one)}</span>`).join(' ')}</p>
</header>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ title, blocks }: Section, index: number): string {
  const id = `section-${index + 1}`;
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${text(title)}</h2>\n${blocks.map(blockHtml).join('\n')}\n</section>`;
}

function text(value: string): string {
  return escapeHtml(redact(value));
}

function inline(value: Text): string {
  return piecesOf(value).map(piece).join('');
}

function piece(one: Inline): string {
  if (typeof one === 'string') return text(one);
  // Hashes look like secrets; what is written as code is a name or a hash of ours.
  if ('code' in one) return `<code>${escapeHtml(one.code)}</code>`;
  if ('strong' in one) return `<strong>${text(one.strong)}</strong>`;
  return `<span class="mark ${one.tone}">${text(one.mark)}</span>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${inline(block.text)}</p>`;
    case 'callout':
      return `<div class="callout ${block.tone}"><p class="callout-title">${text(block.title)}</p><p>${inline(block.text)}</p></div>`;
    case 'figures':
      return `<div class="figures">${block.figures
        .map(
          ({ label, value, verdict, tone }) =>
            `<div class="figure ${tone}"><p class="label">${text(label)}</p><p class="value">${text(value)}</p><p class="verdict">${text(verdict)}</p></div>`,
        )
        .join('')}</div>`;
    case 'pairs':
      return `<dl>${block.pairs.map(([label, value]) => `<dt>${text(label)}</dt><dd>${inline(value)}</dd>`).join('')}</dl>`;
    case 'list':
      return `<ul>${block.items.map((one) => `<li>${inline(one)}</li>`).join('')}</ul>`;
    case 'table':
      return tableHtml(block);
    case 'picture':
      return `<figure class="picture">${block.svg}</figure>`;
  }
}

function tableHtml({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const head = columns.map(({ title }) => `<th scope="col">${text(title)}</th>`).join('');
  const body = rows.map(({ cells, group, tone }) => {
    if (group)
      return `<tr class="group"><th scope="colgroup" colspan="${columns.length}">${inline(cells[0] ?? '')}</th></tr>`;
    const tds = cells.map((cell, at) => `<td${columns[at]?.short ? ' class="short"' : ''}>${inline(cell)}</td>`);
    return `<tr${tone ? ` class="${tone}"` : ''}>${tds.join('')}</tr>`;
  });
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}
