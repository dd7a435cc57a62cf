/** `node scripts/imports.ts`: are the import rules of the house (`imports/house.ts`) kept? Exits 1 and says where not. */
import { fileURLToPath } from 'node:url';
import { importProblems } from './imports/check.ts';
import { trackedFiles } from './tracked.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = trackedFiles(root, '*.ts', '*.mjs', '*.js');
const problems = await importProblems(root, files);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${files.length} modules, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
