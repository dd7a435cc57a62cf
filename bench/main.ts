/** `npm run bench -- NAME`: measures, prints a table, writes `bench/out/NAME.json`. Never part of the tests. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Figure, publish } from './figures.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const NOT_BENCHES = new Set(['main.ts', 'figures.ts', 'statistics.ts', 'step-workflows.ts']);

async function main(): Promise<number> {
  const names = (await readdir(HERE))
    .filter((file) => file.endsWith('.ts') && !NOT_BENCHES.has(file))
    .map((file) => file.slice(0, -3));
  const [name] = process.argv.slice(2);
  if (name === undefined || !names.includes(name)) {
    process.stderr.write(`usage: npm run bench -- ${names.sort().join(' | ')}\n`);
    return 2;
  }
  const { measure } = (await import(`./${name}.ts`)) as { measure: (say: (line: string) => void) => Promise<Figure[]> };
  const figures = await measure((line) => process.stderr.write(`${line}\n`));
  process.stdout.write(await publish(name, figures));
  return 0;
}

process.exit(await main());
