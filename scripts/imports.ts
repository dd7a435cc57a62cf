/** `node scripts/imports.ts`: are the import rules of the house (`imports/house.ts`) kept? Exits 1 and says where not. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importProblems } from './imports/check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.ts', '*.mjs', '*.js'],
  { cwd: root, encoding: 'utf8' },
);
const files = listed.split('\n').filter((file) => file !== '' && existsSync(join(root, file)));
const problems = await importProblems(root, files);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${files.length} modules, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
