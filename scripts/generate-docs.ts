/**
 * Writes what `docs/` says of the code from the code itself, and says what in documents and in the maps at the heads of
 * folders leads nowhere. With `--check` it writes nothing, names what is stale, and exits 1.
 *
 *   docs/runbooks-page.ts  plans that the planners make, from docs/synthetic-evidence.ts
 *   docs/errors-page.ts    every error, found by docs/scan.ts
 *   docs/estate-page.ts    the keys of estate.yaml, within a written page
 *   docs/house-table.ts    who may import whom, within a written page
 *   docs/links.ts          what leads nowhere
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { estateJsonSchemaText } from '../estate/file/json-schema.ts';
import { errorsPage } from './docs/errors-page.ts';
import { estateParts } from './docs/estate-page.ts';
import { houseTable } from './docs/house-table.ts';
import { deadEnds } from './docs/links.ts';
import { filled } from './docs/markdown.ts';
import { runbooksPage } from './docs/runbooks-page.ts';
import { trackedFiles } from './tracked.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

for (const [file, text] of Object.entries({
  'docs/estate.schema.json': estateJsonSchemaText(),
  'docs/runbooks.md': runbooksPage(root),
  'docs/errors.md': errorsPage(root),
  'docs/estate.md': filled(written('docs/estate.md'), estateParts(root)),
  'docs/architecture.md': filled(written('docs/architecture.md'), { house: houseTable() }),
})) {
  if (written(file) === text) continue;
  if (check) {
    complain(`${file} is stale. Run \`npm run docs\`.`);
    continue;
  }
  writeFileSync(join(root, file), text);
  process.stdout.write(`wrote ${file}\n`);
}
for (const problem of deadEnds(root, trackedFiles(root, '*.md', '*.ts'))) complain(problem);

/** The file as it stands; empty where there is none. */
function written(file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return '';
  }
}

function complain(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
