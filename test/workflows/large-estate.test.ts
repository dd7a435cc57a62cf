/**
 * Failure modes pinned: a run of many steps outgrows its history in the middle of an Each, or carries a plan, a state or an
 * answer that Temporal warns of. Three hundred nodes here; a thousand in `npm run matrix`.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { runLarge } from '../matrix/large.ts';
import { devServer } from './harness/server.ts';
import { startWorkers, type Workers } from './harness/workers.ts';

let environment: TestWorkflowEnvironment;
let workers: Workers;
beforeAll(async () => {
  environment = await devServer();
  workers = await startWorkers(environment);
}, 60_000);
afterAll(async () => {
  await workers.stop();
  await environment.teardown();
}, 60_000);

describe('the failback of 300 nodes with three keyspaces', () => {
  it('is carried over between two repairs, and ends under the limits of Temporal', async () => {
    const client = new Client({ connection: environment.connection });
    const report = await runLarge({ client, workers, seed: 1 }, { nodes: 300, keyspaces: 3 });
    expect(report.broken).toEqual([]);
    expect(report.status).toBe('done');
    expect(report.histories).toBeGreaterThan(1);
  }, 120_000);
});
