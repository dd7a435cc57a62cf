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
import { refusal } from '../../../kernel/errors.ts';
import { errorsPage } from '../../../scripts/docs/errors-page.ts';
import { estateParts, exampleOf, withNewSections } from '../../../scripts/docs/estate-page.ts';
import { deadEnds } from '../../../scripts/docs/links.ts';
import { filled, markedIn } from '../../../scripts/docs/markdown.ts';
import { refreshPages } from '../../../scripts/docs/pages.ts';

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
    const made = filled(page, parts, 'a.md');
    expect(made).toContain('a\n<!-- generated: one -->\n\nnew\n\n<!-- end -->\nb\n');
    expect(made).toContain('\n$1\nx\n');
    expect(filled(made, parts, 'a.md')).toBe(made);
  });

  it.each([
    [['one'], 'Remove `<!-- generated: two -->`'],
    [['two', 'one'], 'Move `<!-- generated: two --><!-- end -->` as the first part.'],
    [['one', 'new', 'two'], 'Write `<!-- generated: new --><!-- end -->` after the part `one`.'],
    [['one', 'two', 'new'], 'Write `<!-- generated: new --><!-- end -->` after the part `two`.'],
  ])('must be %j, and the first that is not is told with the mend', (names, mend) => {
    const parts = Object.fromEntries(names.map((name) => [name, ['x']]));
    expect(() => filled(page, parts, 'a.md')).toThrow(
      expect.objectContaining({ type: 'page-parts', where: 'a.md', mend: expect.stringContaining(mend) }),
    );
  });
});

describe('pages', () => {
  const pages = [
    { file: 'one.md', make: () => 'one' },
    {
      file: 'two.md',
      make: () => {
        throw refusal('no-example', 'nothing is there', 'here', 'Write it.');
      },
    },
    { file: 'three.md', make: (written: string) => written || 'three' },
  ];

  it('are written though one of them cannot be made, which is told with its mend', () => {
    const root = mkdtempSync(join(folder, 'pages-'));
    const problem = 'two.md cannot be made: nothing is there (here). Write it.';
    expect(refreshPages(root, pages, { check: true })).toEqual({
      wrote: [],
      problems: ['one.md is stale. Run `npm run docs`.', problem, 'three.md is stale. Run `npm run docs`.'],
    });
    expect(refreshPages(root, pages, { check: false })).toEqual({ wrote: ['one.md', 'three.md'], problems: [problem] });
    expect(readFileSync(join(root, 'three.md'), 'utf8')).toBe('three');
    expect(refreshPages(root, pages, { check: false })).toEqual({ wrote: [], problems: [problem] });
  });
});

describe('the page of errors', () => {
  it('tells what several files raise in the same words once, with all of them', () => {
    const root = mkdtempSync(join(folder, 'errors-'));
    mkdirSync(join(root, 'kernel'));
    const raise = (message: string): string => `throw refusal('gone', '${message}', 'here', 'Look.');\n`;
    writeFileSync(join(root, 'kernel/a.ts'), raise('It is gone.'));
    writeFileSync(join(root, 'kernel/b.ts'), raise('It is gone.') + raise('It went.'));
    const page = errorsPage(root);
    expect(page.match(/^> It is gone\.$/gm)).toHaveLength(1);
    expect(page).toContain('- Raised in `kernel/a.ts`, `kernel/b.ts`');
    expect(page).toMatch(/> It went\.\n[^>]*- Raised in `kernel\/b\.ts`\n/);
  });
});

describe('the page of the estate file', () => {
  const parts = estateParts(ROOT);

  it('has keys and an example for every section, in the order of the file', () => {
    const sections = Object.keys(estateSchema.shape);
    expect(Object.keys(parts)).toEqual(sections.flatMap((name) => [`keys ${name}`, `example ${name}`]));
    for (const name of sections) expect(parts[`example ${name}`]?.[1]).toMatch(new RegExp(`^${name}:`));
  });

  it('takes the example of a section from the file that has it', () => {
    const texts = new Map([
      ['large', 'a: 1\n'],
      ['small', 'a: 2\nb:\n  c: 3\nd: 4\n'],
    ]);
    expect(exampleOf('a', ['large', 'small'], texts)).toBe('a: 1');
    expect(exampleOf('b', ['large', 'small'], texts)).toBe('b:\n  c: 3');
    expect(() => exampleOf('e', ['large', 'small'], texts)).toThrow(
      expect.objectContaining({ type: 'no-example', where: 'examples/lab.yaml' }),
    );
  });

  it('gets a heading, a description and the parts of a section that it does not know, after the one before', () => {
    const written = readFileSync(join(ROOT, 'docs/estate.md'), 'utf8');
    const after = /\n## Canaries[\s\S]*?\n(## .*)/.exec(written)?.[1];
    const without = written.replace(/\n## Canaries[\s\S]*?(?=\n## )/, '');
    expect(without).not.toContain('Canaries');
    const made = withNewSections(without);
    const fresh = '\n\n## Canaries\n\nThe canaries, by name.\n\n<!-- generated: keys canaries -->\n\n<!-- end -->\n\n';
    expect(made).toContain(`<!-- end -->${fresh}<!-- generated: example canaries -->\n\n<!-- end -->\n\n${after}\n`);
    expect(Object.keys(parts)).toEqual(markedIn(made));
    expect(withNewSections(written)).toBe(written);
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
