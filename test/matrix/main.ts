/**
 * `npm run matrix`: the whole crash matrix and a very large estate, a seeded sample of the matrix, a seeded sample of its
 * pairs, or the large estate alone.
 *
 * Usage: node test/matrix/main.ts [--all] [--pairs] [--seed N] [--sample N] [--cold] [--only TEXT] [--large [--nodes N]]
 */
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { devServer } from '../workflows/harness/server.ts';
import { startWorkers } from '../workflows/harness/workers.ts';
import { runLarge } from './large.ts';
import { nameOf, runMatrix } from './matrix.ts';
import { SCENARIOS } from './scenario.ts';

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '1000' },
    pairs: { type: 'boolean', default: false },
    cold: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    sample: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const SOME_CELLS = 300;
const SOME_PAIRS = 60;

const environment = await devServer();
const client = new Client({ connection: environment.connection });
const workers = await startWorkers(environment, values.cold ? { maxCachedWorkflows: 0 } : {});
const size = values.sample === undefined ? undefined : Number(values.sample);
const cells = values.all && size === undefined ? {} : { sample: size ?? SOME_CELLS };
/** Under Temporal's warnings throughout, or it says where not. */
async function large(): Promise<boolean> {
  const size = { nodes: Number(values.nodes), keyspaces: 3 };
  const { steps, histories, most, broken, ms } = await runLarge({ client, workers, seed: Number(values.seed) }, size);
  for (const one of broken) process.stdout.write(`BROKEN large estate: ${one}\n`);
  const figures = Object.entries(most).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(
    `failback of ${size.nodes} nodes: ${steps} repairs in ${histories} histories in ${(ms / 1_000).toFixed(1)} s; at most ${figures.join(', ')}; ${broken.length} broken\n`,
  );
  return broken.length === 0;
}

async function matrix(): Promise<boolean> {
  const report = await runMatrix(
    { client, workers, seed: Number(values.seed) },
    {
      scenarios: SCENARIOS,
      ...(values.pairs ? { sample: 0, pairs: size ?? SOME_PAIRS } : cells),
      ...(values.cold ? { sideBySide: 1 } : {}),
      wanted: (cell) => nameOf(cell).includes(values.only),
      onCell: (done, of) => {
        if (done % 20 === 0 || done === of) process.stdout.write(`${done} of ${of} cells\n`);
      },
    },
  );
  for (const { cell, broken } of report.findings) process.stdout.write(`BROKEN ${cell}\n  ${broken.join('\n  ')}\n`);
  const seconds = (report.ms / 1_000).toFixed(1);
  const what = values.pairs ? `${report.ran} pairs` : `${report.ran} of ${report.cells} cells`;
  process.stdout.write(
    `seed ${values.seed}: ${what} in ${seconds} s, ${report.questions} questions answered, ${report.findings.length} broken\n`,
  );
  return report.findings.length === 0;
}

try {
  const holds = [values.large || (values.all && values.only === '') ? await large() : true];
  if (!values.large) holds.push(await matrix());
  process.exitCode = holds.every(Boolean) ? 0 : 1;
} finally {
  await workers.stop();
  await environment.teardown();
}
