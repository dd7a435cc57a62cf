/**
 * Failure modes pinned: whatever a crash, a lost answer, a repeated call or a zombie can do at a step boundary. A seeded
 * sample; all of it by `npm run matrix`, and `LIFEBOAT_MATRIX_SEED` draws another one.
 */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { runMatrix } from '../matrix/matrix.ts';
import { SCENARIOS } from '../matrix/scenario.ts';
import { devServer } from './harness/server.ts';
import { startWorkers, type Workers } from './harness/workers.ts';

const seed = Number(process.env['LIFEBOAT_MATRIX_SEED'] ?? 1);
const SAMPLE = 60;
/** A cold cache replays the whole history at every task: ten times the work, so only a few. */
const COLD_SAMPLE = 2;

let environment: TestWorkflowEnvironment;
let workers: Workers;
beforeAll(async () => {
  environment = await devServer();
}, 60_000);
afterAll(async () => environment.teardown(), 60_000);

async function withWorkers(maxCachedWorkflows?: number): Promise<Client> {
  workers = await startWorkers(environment, maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows });
  return new Client({ connection: environment.connection });
}

describe('a run that is disturbed anywhere', () => {
  it(`ends in the same estate, or asks and gets there after "retry" (seed ${seed})`, async () => {
    const client = await withWorkers();
    try {
      const report = await runMatrix({ client, workers, seed }, { scenarios: SCENARIOS, sample: SAMPLE });
      expect(report.findings).toEqual([]);
      expect(report.cells).toBeGreaterThan(300);
      expect(report.ran).toBe(SAMPLE);
    } finally {
      await workers.stop();
    }
  }, 240_000);

  it('does so on a worker that has forgotten everything, too', async () => {
    const client = await withWorkers(0);
    try {
      const lost = { scenarios: SCENARIOS.slice(0, 1), sample: COLD_SAMPLE, sideBySide: 1 };
      const wanted = ({ kind }: { kind: string }): boolean => kind === 'answer-lost';
      const report = await runMatrix({ client, workers, seed }, { ...lost, wanted });
      expect(report.findings).toEqual([]);
      expect(report.ran).toBe(COLD_SAMPLE);
    } finally {
      await workers.stop();
    }
  }, 120_000);
});
