/** What Temporal knows of the activity that runs now, for the wrapper around every step. */
import { Context } from '@temporalio/activity';
import type { Attempt } from '../activities/define-activities.ts';

export function currentAttempt(): Attempt {
  const context = Context.current();
  return {
    attempt: context.info.attempt,
    taskQueue: context.info.taskQueue,
    signal: context.cancellationSignal,
    lastHeartbeat: context.info.heartbeatDetails,
    heartbeat: (details) => context.heartbeat(details),
  };
}
