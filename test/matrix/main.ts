/**
 * `npm run matrix`: the whole crash matrix, a seeded sample of it, or a seeded sample of its pairs.
 *
 * Usage: node test/matrix/main.ts [--all] [--pairs] [--seed N] [--sample N] [--cold] [--only TEXT]
 */
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { devServer } from '../workflows/harness/server.ts';
import { startWorkers } from '../workflows/harness/workers.ts';
import { nameOf, runMatrix } from './matrix.ts';
import { SCENARIOS } from './scenario.ts';

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
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
try {
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
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  await workers.stop();
  await environment.teardown();
}
