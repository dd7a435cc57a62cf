/**
 * Pins: documents that lead nowhere or say what was true once. Generated parts are compared by `npm run check`; here is
 * what it would be blind to.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { estateSchema } from '../../../estate/schema.ts';
import { estateParts } from '../../../scripts/docs/estate-page.ts';
import { deadEnds } from '../../../scripts/docs/links.ts';
import { filled } from '../../../scripts/docs/markdown.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-docs-'));

function deadEndsOf(files: { readonly [file: string]: string }): string[] {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return deadEnds(folder, Object.keys(files));
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what leads nowhere', () => {
  it.each([
    ['[x](gone.md)', 'docs/a.md links to gone.md, and docs/gone.md is not there.'],
    ['[x](../kernel/gone.ts)', 'docs/a.md links to ../kernel/gone.ts, and kernel/gone.ts is not there.'],
    ['[x](#no-such)', 'docs/a.md links to #no-such, and docs/a.md has no such heading.'],
    ['[x](b.md#no-such)', 'docs/a.md links to b.md#no-such, and docs/b.md has no such heading.'],
    ['see `kernel/gone.ts`', 'docs/a.md names kernel/gone.ts, which is not there.'],
    ['see `runbooks/gone/`', 'docs/a.md names runbooks/gone/, which is not there.'],
  ])('is told: %s', (text, problem) => {
    expect(deadEndsOf({ 'docs/b.md': '# Other\n', 'docs/a.md': `# One\n\n${text}\n` })).toEqual([problem]);
  });

  it.each([
    '[x](b.md#what-it-is-for)',
    '[x](#one)',
    '[x](https://example.org/gone)',
    'a file of yours: `runbooks/evacuate.ts`, `runbooks/steps/<system>.ts`, `test/**/*.ts`, `a/b`, `lease/NAME`',
  ])('is not told of what leads somewhere, or is invented: %s', (text) => {
    expect(deadEndsOf({ 'docs/b.md': '# Other\n## What it is: for\n', 'docs/a.md': `# One\n\n${text}\n` })).toEqual([]);
  });

  it('is told of the map at the head of a folder', () => {
    const map = (names: string): string => `/**\n * What it is.\n *\n *   ${names}\n */\nexport const x = 1;\n`;
    expect(
      deadEndsOf({ 'kernel/there.ts': '', 'kernel/inner/x.ts': '', 'kernel/a.ts': map('there.ts  it   inner/  in') }),
    ).toEqual([]);
    expect(deadEndsOf({ 'kernel/a.ts': map('there.ts  it   gone.ts  was   away/  too') })).toEqual([
      'The map at the head of kernel/a.ts names gone.ts, which is not there.',
      'The map at the head of kernel/a.ts names away/, which is not there.',
    ]);
  });
});

describe('generated parts', () => {
  const page = 'a\n<!-- generated: one -->\nold\n<!-- end -->\nb\n<!-- generated: two --><!-- end -->\n';

  it('are made anew between what is written, and stay as they are the second time', () => {
    const parts = { one: ['new'], two: ['$1', 'x'] };
    const made = filled(page, parts);
    expect(made).toContain('a\n<!-- generated: one -->\n\nnew\n\n<!-- end -->\nb\n');
    expect(made).toContain('\n$1\nx\n');
    expect(filled(made, parts)).toBe(made);
  });

  it('must all be there, in their order', () => {
    expect(() => filled(page, { one: ['x'] })).toThrow('it needs one');
    expect(() => filled(page, { two: ['x'], one: ['x'] })).toThrow('it needs two, one');
    expect(() => filled('', { one: ['x'] })).toThrow('it needs one');
  });
});

describe('the page of the estate file', () => {
  const parts = estateParts(ROOT);

  it('has keys and an example for every section, in the order of the file', () => {
    const sections = Object.keys(estateSchema.shape);
    expect(Object.keys(parts)).toEqual(sections.flatMap((name) => [`keys ${name}`, `example ${name}`]));
    for (const name of sections) expect(parts[`example ${name}`]?.[1]).toMatch(new RegExp(`^${name}:`));
  });

  it('says value, default and meaning of each key', () => {
    const rows = Object.entries(parts).flatMap(([name, lines]) => (name.startsWith('keys ') ? lines.slice(2) : []));
    expect(rows.length).toBeGreaterThan(80);
    for (const row of rows) expect(row.split(' | ').every((text) => text.replaceAll('|', '').trim() !== '')).toBe(true);
    expect(rows.filter((row) => / \| text \| /.test(row))).toEqual([]);
    expect(rows).toContainEqual(
      '| `services.*.regions.*.health` | path of a URL | `"/health"` | The path that answers 200 only while it is fit to serve. |',
    );
    expect(rows).toContainEqual(
      expect.stringContaining('| `approvals.minimum.change` | the name of a tier | required |'),
    );
    expect(rows).toContainEqual(
      expect.stringContaining('| `traffic.*.shares` | mapping: a region → whole number, ≥ 0'),
    );
  });
});

describe('the glossary', () => {
  const lines = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8').split('\n').slice(4, -1);

  it('has one line a word, in order, each with the file that defines it', () => {
    expect(lines.length).toBeGreaterThan(60);
    for (const line of lines) expect(line).toMatch(/^- \*\*[^*]+\*\*: .+\. \[[\w./#-]+\]\([\w./#-]+\)$/);
    const words = lines.map((line) => /\*\*(.+?)\*\*/.exec(line)?.[1]?.toLowerCase() ?? '');
    expect(words).toEqual([...new Set(words)].sort());
  });
});
