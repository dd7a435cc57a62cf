/**
 * Pins: a check of imports that passes because it saw nothing. Each rule is broken once in a small planted house, by a
 * value and by a type, and the check itself is blinded once.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { importProblems } from '../../../scripts/imports/check.ts';
import { HOUSE } from '../../../scripts/imports/house.ts';
import { roomOf } from '../../../scripts/imports/rules.ts';

const roots: string[] = [];

/** A house in order: a process at its top, and nothing that it does not use. */
const ORDER = {
  'kernel/a.ts': 'export const a = 1;\nexport type A = number;\n',
  'estate/b.ts': "import { a } from '../kernel/a.ts';\nexport const b = a;\n",
  'worker/main.ts': "import { b } from '../estate/b.ts';\nexport const c = b;\n",
};

/** What the check says of a house of these files; those in `hidden` are there and are not named to it. */
function problemsOf(files: { readonly [file: string]: string }, hidden: readonly string[] = []): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'lifeboat-house-'));
  roots.push(root);
  const all: { readonly [file: string]: string } = { 'package.json': '{"type":"module"}', ...files };
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return importProblems(
    root,
    Object.keys(files).filter((file) => !hidden.includes(file)),
  );
}

/** An import at the beginning of a line, which this file's own text must not have. */
const from = (what: string, file: string): string => ['import', what, 'from', `'${file}';\n`].join(' ');

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

describe('the import rules', () => {
  it('let a house in order pass', async () => {
    expect(await problemsOf(ORDER)).toEqual([]);
  });

  it.each([
    ['a value', '{ b }', 'export const d = b;'],
    ['a type', 'type { B }', 'export type D = B;'],
    ['everything', '* as B', 'export const d = B;'],
  ])('see %s that a room may not import, and say what for', async (_, what, text) => {
    const problems = await problemsOf({
      ...ORDER,
      'estate/b.ts': `${ORDER['estate/b.ts']}export type B = number;\n`,
      'kernel/d.ts': `${from(what, '../estate/b.ts')}${text}\n`,
      'worker/main.ts': `${ORDER['worker/main.ts']}export * from '../kernel/d.ts';\n`,
    });
    expect(problems).toEqual([
      expect.stringMatching(
        /^kernel\/d\.ts imports estate\/b\.ts\.\n.+kernel\/ may import none of our other rooms\.$/s,
      ),
    ]);
  });

  it.each([
    ['activities/x.ts', 'runbooks/failover.ts', 'only activities/plan/ imports planners'],
    ['activities/x.ts', 'runbooks/inputs/failover.ts', 'only activities/plan/ imports planners'],
    ['workflows/x.ts', 'runbooks/failover.ts', 'replayed'],
    ['workflows/x.ts', 'runbooks/steps/traffic.ts', 'replayed'],
    ['client/x.ts', 'runbooks/failover.ts', 'no planner'],
    ['slackbot/x.ts', 'cli/y.ts', 'two skins'],
    ['cli/x.ts', 'slackbot/y.ts', 'two skins'],
    ['report/x.ts', 'client/y.ts', 'report/ may import kernel, estate'],
    ['host/x.ts', 'activities/y.ts', 'host/ may import kernel, estate'],
    ['worker/x.ts', 'lab/y.ts', 'worker/ may import'],
    ['worker/x.ts', 'test/y.ts', 'worker/ may import'],
    ['lab/x.ts', 'worker/y.ts', 'starts processes'],
    ['lab/x.ts', 'lab/product/y.ts', 'starts processes'],
    ['lab/standins/slack/x.ts', 'lab/y.ts', 'published protocol'],
    ['lab/standins/slack/x.ts', 'kernel/json.ts', 'published protocol'],
    ['lab/product/x.ts', 'kernel/errors.ts', 'must not count with the code that it judges'],
    ['runbooks/steps/x.ts', 'runbooks/failover.ts', 'contracts'],
    ['runbooks/inputs/x.ts', 'runbooks/steps/traffic.ts', 'Skins read this'],
  ])('%s may not import %s', async (importer, imported, because) => {
    const problems = await problemsOf({
      [importer]: `${from('{ y }', `${'../'.repeat(importer.split('/').length - 1)}${imported}`)}export const x = y;\n`,
      [imported]: 'export const y = 1;\n',
      'test/all.test.ts': from('{ x }', `../${importer}`),
    });
    const mine = problems.filter((one) => !one.includes('is used by nothing'));
    expect(mine).toEqual([expect.stringContaining(`${importer} imports ${imported}.`)]);
    expect(mine[0]).toContain(because);
  });

  it('let the rooms inside a room have rules of their own', async () => {
    const problems = await problemsOf({
      'activities/plan/x.ts': `${from('{ y }', '../../runbooks/failover.ts')}export const x = y;\n`,
      'lab/standins/slack/main.ts': `${from('{ e }', '../../../kernel/errors.ts')}export const s = e;\n`,
      'kernel/errors.ts': 'export const e = 1;\n',
      'runbooks/failover.ts': 'export const y = 1;\n',
      'worker/main.ts': from('{ x }', '../activities/plan/x.ts'),
    });
    expect(problems).toEqual([]);
  });

  it.each(['kernel', 'workflows', 'estate', 'runbooks', 'report'])('%s/ imports nothing of Node', async (folder) => {
    const problems = await problemsOf({
      [`${folder}/x.ts`]: `${from('{ join }', 'node:path')}export const x = join('a', 'b');\n`,
      'test/all.test.ts': from('{ x }', `../${folder}/x.ts`),
    });
    expect(problems).toContainEqual(expect.stringMatching(/^\w+\/x\.ts imports path\.\n.+ is pure: /s));
  });

  it('see a circle, of types too, once', async () => {
    const problems = await problemsOf({
      ...ORDER,
      'kernel/a.ts': `${from('type { D }', './d.ts')}export const a: D = 1;\nexport type A = number;\n`,
      'kernel/d.ts': `${from('type { A }', './a.ts')}export type D = A;\n`,
    });
    expect(problems).toEqual([
      expect.stringMatching(/^kernel\/\w\.ts → kernel\/\w\.ts → kernel\/\w\.ts is a circle\./),
    ]);
  });

  it('see what nothing uses, and what only another unused module uses', async () => {
    const problems = await problemsOf({
      ...ORDER,
      'kernel/old.ts': 'export const old = 1;\n',
      'kernel/older.ts': `${from('{ old }', './old.ts')}export const older = old;\n`,
      'test/helper.ts': 'export const helper = 1;\n',
    });
    expect(problems.map((one) => one.split('\n')[0]).sort()).toEqual([
      'kernel/old.ts is used by nothing.',
      'kernel/older.ts is used by nothing.',
      'test/helper.ts is used by nothing.',
    ]);
  });

  it('do not count a test as a use', async () => {
    const problems = await problemsOf({
      ...ORDER,
      'kernel/old.ts': 'export const old = 1;\n',
      'test/old.test.ts': from('{ old }', '../kernel/old.ts'),
    });
    expect(problems).toEqual([expect.stringContaining('kernel/old.ts is used by nothing.')]);
  });

  it('see an import that leads nowhere', async () => {
    const problems = await problemsOf({ ...ORDER, 'worker/main.ts': from('{ b }', '../estate/gone.ts') });
    expect(problems).toContainEqual(expect.stringContaining('worker/main.ts imports ../estate/gone.ts.'));
  });
});

describe('a check that sees nothing', () => {
  it('fails without sources', async () => {
    expect(await problemsOf({})).toEqual([expect.stringContaining('saw nothing')]);
  });

  it('fails when a file was not read', async () => {
    const root = 'no/such/root';
    await expect(importProblems(root, ['kernel/a.ts'])).rejects.toThrow();
  });

  it('fails when an import that stands in the text was not seen', async () => {
    // A text that the parser takes for one template: what it holds is no import, and the plain search takes it for one.
    const problems = await problemsOf({
      ...ORDER,
      'kernel/a.ts': `export const a = \`\n${from('{ b }', './x.ts')}\`;\n`,
    });
    expect(problems).toEqual(['kernel/a.ts imports ./x.ts, and the check did not see it.']);
  });

  it('fails when a type is imported in a way that the parser does not see', async () => {
    const problems = await problemsOf({
      ...ORDER,
      'kernel/a.ts': `export const a = 1;\nexport type A = ${'import'}('../estate/b.ts').B;\n`,
    });
    expect(problems).toEqual(['kernel/a.ts imports ../estate/b.ts, and the check did not see it.']);
  });

  it('fails for a folder that no room is for', async () => {
    const problems = await problemsOf({ ...ORDER, 'attic/x.ts': 'export const x = 1;\n' });
    expect(problems).toContainEqual(expect.stringContaining('attic/x.ts is in no room of the house'));
  });
});

describe('the house', () => {
  it('names rooms once, and only rooms and files that a room can have', () => {
    const folders = HOUSE.map(({ folder }) => folder);
    expect(new Set(folders).size).toBe(folders.length);
    const named = HOUSE.flatMap(({ may }) => (may === 'all' ? [] : may));
    expect(named.filter((one) => !folders.includes(one) && !(one.endsWith('.ts') && roomOf(one)))).toEqual([]);
  });
});
