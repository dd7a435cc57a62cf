/**
 * Reads how the estate stands by region, once, and ends: for who asks without a run. Reads only; nothing is locked or kept.
 *
 * Must never happen: an answer that waits for a dead region. What does not answer soon is told as silent (I11).
 */

import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { asClause } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/plan/evidence.ts';
import type { Call } from '../kernel/plan/plan.ts';
import type { ControlActivities } from '../kernel/run/control.ts';
import type { Dispatch, StepAnswer } from '../kernel/run/dispatch.ts';
import { controlQueueOf } from '../kernel/run/messages.ts';
import type { RegionsView } from '../kernel/run/regions.ts';
import { factsIn, factsOfFailure } from './executor/failures.ts';

/** Short, because a person waits; a read of a region that lives takes some milliseconds. */
const READ_WITHIN_MS = 2_000;

export async function look(estate: string): Promise<RegionsView> {
  const control = proxyActivities<Pick<ControlActivities, 'look.probes' | 'look.regions'>>({
    taskQueue: controlQueueOf(estate),
    startToCloseTimeout: READ_WITHIN_MS,
    retry: { maximumAttempts: 2, initialInterval: 200 },
  });
  const { probes, estateDigest } = await control['look.probes']({ estate });
  const evidence = await Promise.all(
    Object.entries(probes).map(
      async ([name, call]): Promise<[string, Evidence<unknown>]> => [
        name,
        await readOne(call, name, { estateDigest, control: call.queue === controlQueueOf(estate) }),
      ],
    ),
  );
  return control['look.regions']({ estate, evidence: Object.fromEntries(evidence) });
}

async function readOne(
  call: Call,
  name: string,
  { estateDigest, control }: { readonly estateDigest: string; readonly control: boolean },
): Promise<Evidence<unknown>> {
  const activities = proxyActivities<{ [step: string]: (input: Dispatch) => Promise<StepAnswer> }>({
    taskQueue: call.queue,
    startToCloseTimeout: READ_WITHIN_MS,
    scheduleToStartTimeout: READ_WITHIN_MS,
    retry: { maximumAttempts: 1 },
    summary: `Read ${name}`.slice(0, 190),
  });
  const { workflowId, startTime } = workflowInfo();
  try {
    const activity = activities[call.step];
    if (!activity) throw new Error(`There is no activity ${call.step}.`);
    const { result } = await activity({
      run: workflowId,
      runStartedAt: startTime.getTime(),
      stepId: `probe:${name}`,
      direction: 'do',
      args: call.args,
      estateDigest,
      fence: null,
      permit: null,
    });
    return { ok: true, value: result, at: Date.now(), by: call.queue };
  } catch (error) {
    const called = { step: call.step, queue: call.queue, summary: `Look at ${name}`, control, reads: true };
    return { ok: false, reason: asClause(factsIn(factsOfFailure(error, called)).message), at: Date.now() };
  }
}
