/** Writes docs/estate.schema.json; with `--check` only says whether it is fresh, and exits 1 when it is not. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { estateJsonSchemaText } from '../estate/file/json-schema.ts';

const path = fileURLToPath(new URL('../docs/estate.schema.json', import.meta.url));

function written(): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const fresh = written() === estateJsonSchemaText();
if (process.argv.includes('--check')) {
  if (!fresh) {
    console.error('docs/estate.schema.json is stale. Run `node scripts/generate-schema.ts`.');
    process.exitCode = 1;
  }
} else if (!fresh) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, estateJsonSchemaText());
}
