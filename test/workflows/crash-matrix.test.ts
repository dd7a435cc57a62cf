/**
 * Failure modes pinned: whatever a crash, a lost answer, a repeated call or a zombie can do at any call of a run. A
 * seeded sample; all of it by `npm run matrix`, and `LIFEBOAT_MATRIX_SEED` draws another one.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type MatrixOptions, type Report, runMatrix } from '../matrix/matrix.ts';
import { SCENARIOS, SHORTEST } from '../matrix/scenario.ts';
import { devServer } from './harness/server.ts';
import { startWorkers, type WorkersOptions } from './harness/workers.ts';

const seed = Number(process.env['LIFEBOAT_MATRIX_SEED'] ?? 1);
const SAMPLE = 60;
const PAIRS = 4;
/** A cold cache replays the whole history at every task, so only a few, of the shortest run. */
const COLD_SAMPLE = 4;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await devServer();
}, 60_000);
afterAll(async () => environment.teardown(), 60_000);

async function matrix(options: MatrixOptions, workersOptions: WorkersOptions = {}): Promise<Report> {
  const workers = await startWorkers(environment, workersOptions);
  try {
    return await runMatrix({ client: new Client({ connection: environment.connection }), workers, seed }, options);
  } finally {
    await workers.stop();
  }
}

describe('a run that is disturbed anywhere, or at two places', () => {
  it(`ends in the same estate, or asks and gets there after "retry" (seed ${seed})`, async () => {
    const report = await matrix({ scenarios: SCENARIOS, sample: SAMPLE, pairs: PAIRS });
    expect(report.findings).toEqual([]);
    expect(report.cells).toBeGreaterThan(600);
    expect(report.ran).toBe(SAMPLE + PAIRS);
  }, 240_000);

  it('does so on a worker that has forgotten everything, too', async () => {
    const lost: MatrixOptions['wanted'] = ({ disturbances }) =>
      disturbances.every(({ boundary, kind }) => boundary.at === 'step' && kind === 'answer-lost');
    const cold = { scenarios: [SHORTEST], sample: COLD_SAMPLE, sideBySide: 2, wanted: lost };
    const report = await matrix(cold, { maxCachedWorkflows: 0 });
    expect(report.findings).toEqual([]);
    expect(report.ran).toBe(Math.min(COLD_SAMPLE, report.cells));
  }, 120_000);
});
