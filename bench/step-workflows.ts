/** What the `step` benchmark's worker runs: the executor, and beside it the bare peer. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';

export { execute as failover } from '../workflows/executor/index.ts';
export { lease } from '../workflows/lease.ts';

/** The peer: a plain workflow that calls a plain activity, one after the other. Answers the times in between, in ms. */
export async function bare(count: number, queue: string): Promise<number[]> {
  const { noop } = proxyActivities<{ noop: (n: number) => Promise<number> }>({
    taskQueue: queue,
    startToCloseTimeout: '10s',
    heartbeatTimeout: '2s',
    retry: { maximumAttempts: 3 },
  });
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const before = Date.now();
    await noop(n);
    times.push(Date.now() - before);
  }
  return workflowInfo().historyLength > 0 ? times : [];
}
