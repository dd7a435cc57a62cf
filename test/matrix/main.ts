/**
 * `npm run matrix`: the whole crash matrix, or a seeded sample of it.
 *
 * Usage: node test/matrix/main.ts [--all] [--seed N] [--sample N] [--cold] [--only TEXT]
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
    cold: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    sample: { type: 'string', default: '300' },
    only: { type: 'string', default: '' },
  },
});

const environment = await devServer();
const client = new Client({ connection: environment.connection });
const workers = await startWorkers(environment, values.cold ? { maxCachedWorkflows: 0 } : {});
try {
  const report = await runMatrix(
    { client, workers, seed: Number(values.seed) },
    {
      scenarios: SCENARIOS,
      ...(values.all ? {} : { sample: Number(values.sample) }),
      ...(values.cold ? { sideBySide: 1 } : {}),
      wanted: (cell) => nameOf(cell).includes(values.only),
      onCell: (done, of) => {
        if (done % 20 === 0 || done === of) process.stdout.write(`${done} of ${of} cells\n`);
      },
    },
  );
  for (const { cell, broken } of report.findings) process.stdout.write(`BROKEN ${cell}\n  ${broken.join('\n  ')}\n`);
  const seconds = (report.ms / 1_000).toFixed(1);
  process.stdout.write(
    `seed ${values.seed}: ${report.ran} of ${report.cells} cells in ${seconds} s, ${report.questions} questions answered, ${report.findings.length} broken\n`,
  );
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  await workers.stop();
  await environment.teardown();
}
