/**
 * Writes what `docs/` says of the code from the code itself: `estate.schema.json` (by generate-schema.ts), `runbooks.md`
 * and `errors.md`. With `--check` it writes nothing, names what is stale, and exits 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './docs/errors-page.ts';
import { runbooksPage } from './docs/runbooks-page.ts';
import './generate-schema.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

for (const [file, text] of Object.entries({
  'docs/runbooks.md': runbooksPage(root),
  'docs/errors.md': errorsPage(root),
})) {
  const path = join(root, file);
  if (readOrNothing(path) === text) continue;
  if (check) {
    process.stderr.write(`${file} is stale. Run \`npm run docs\`.\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`wrote ${file}\n`);
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
