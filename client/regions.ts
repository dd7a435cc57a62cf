/** How the estate stands by region, read just now (workflows/look.ts). */
import { randomUUID } from 'node:crypto';
import { controlQueueOf } from '../kernel/run/messages.ts';
import type { RegionsView } from '../kernel/run/regions.ts';
import { bounded, type ClientContext, WORKFLOW_TASK_TIMEOUT_MS } from './temporal/context.ts';

const LOOK_WORKFLOW = 'look';
/** Longer than what is silent may be waited for there, and short for a person who waits. */
const LOOK_TIMEOUT_MS = 8_000;

/** @throws `no-worker`, `temporal-unreachable`, … */
export function regionsOf(context: ClientContext): Promise<RegionsView> {
  const { client, estate } = context;
  const where = `look/${estate.name}/${randomUUID().slice(0, 13)}`;
  return bounded(context, LOOK_TIMEOUT_MS, { where, what: 'The state of the regions' }, () =>
    client.workflow.execute(LOOK_WORKFLOW, {
      args: [estate.name],
      workflowId: where,
      taskQueue: controlQueueOf(estate.name),
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      // One that nobody carries out is nobody's to clear away.
      workflowExecutionTimeout: LOOK_TIMEOUT_MS,
      staticSummary: `How the regions of ${estate.name} stand`,
    }),
  );
}
