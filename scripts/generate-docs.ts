/**
 * Writes what `docs/` says of the code from the code itself, and says what in documents and in the maps at the heads of
 * folders leads nowhere. With `--check` it writes nothing, names what is stale, and exits 1.
 *
 *   docs/runbooks-page.ts  plans that the planners make, from docs/synthetic-evidence.ts
 *   docs/errors-page.ts    every error, found by docs/scan.ts
 *   docs/estate-page.ts    the keys of estate.yaml, within a written page
 *   docs/house-table.ts    who may import whom, within a written page; the exit codes of cli/exit.ts within another
 *   docs/pages.ts          writing them; docs/links.ts: what leads nowhere
 */
import { fileURLToPath } from 'node:url';
import { EXIT, EXIT_MEANINGS } from '../cli/exit.ts';
import { estateJsonSchemaText } from '../estate/file/json-schema.ts';
import { errorsPage } from './docs/errors-page.ts';
import { estatePage } from './docs/estate-page.ts';
import { houseTable } from './docs/house-table.ts';
import { deadEnds } from './docs/links.ts';
import { cell, filled, table } from './docs/markdown.ts';
import { refreshPages } from './docs/pages.ts';
import { runbooksPage } from './docs/runbooks-page.ts';
import { trackedFiles } from './tracked.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const { wrote, problems } = refreshPages(
  root,
  [
    { file: 'docs/estate.schema.json', make: estateJsonSchemaText },
    { file: 'docs/runbooks.md', make: () => runbooksPage(root) },
    { file: 'docs/errors.md', make: () => errorsPage(root) },
    { file: 'docs/estate.md', make: (written) => estatePage(root, written) },
    {
      file: 'docs/operating.md',
      make: (written) => filled(written, { 'exit codes': exitTable() }, 'docs/operating.md'),
    },
    {
      file: 'docs/architecture.md',
      make: (written) => filled(written, { house: houseTable() }, 'docs/architecture.md'),
    },
  ],
  { check: process.argv.includes('--check') },
);
for (const file of wrote) process.stdout.write(`wrote ${file}\n`);
for (const problem of [...problems, ...deadEnds(root, trackedFiles(root, '*.md', '*.ts'))]) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

function exitTable(): string[] {
  const rows = Object.entries(EXIT_MEANINGS).map(([name, means]) => [
    String(EXIT[name as keyof typeof EXIT]),
    cell(means),
  ]);
  return table(['exit code', 'means'], rows);
}
