/** What a failed activity tells: the typed facts that its worker sent, or which time-out it was. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { ErrorFacts } from '../../kernel/errors.ts';

/** Carries facts through workflow code; it never fails a workflow task because the executor catches it everywhere. */
export class StepFailure extends ApplicationFailure {
  readonly facts: ErrorFacts;
  constructor(facts: ErrorFacts) {
    super(facts.message, facts.type, true);
    this.facts = facts;
  }
}

/** The facts of an error that was caught in workflow code. */
export function factsIn(error: unknown): ErrorFacts {
  if (error instanceof StepFailure) return error.facts;
  throw error;
}

/** Translates Temporal's failure of an activity; anything else is a defect and is thrown on. */
export function factsOfFailure(error: unknown, step: string, queue: string): Error {
  if (error instanceof StepFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof ActivityFailure)) return error instanceof Error ? error : new Error(String(error));
  const { cause } = error;
  if (cause instanceof CancelledFailure) return cause;
  if (cause instanceof TimeoutFailure) return new StepFailure(timeoutFacts(cause, step, queue));
  if (cause instanceof ApplicationFailure) return new StepFailure(applicationFacts(cause, step));
  return new StepFailure(unexpected(step));
}

function applicationFacts(cause: ApplicationFailure, step: string): ErrorFacts {
  const [details] = cause.details ?? [];
  const { where, mend } = (details ?? {}) as { where?: string; mend?: string };
  return {
    type: cause.type ?? 'unexpected',
    message: cause.message,
    where: where ?? step,
    mend: mend ?? 'Read the log of the worker that ran it.',
    retryable: cause.nonRetryable !== true,
  };
}

function timeoutFacts(cause: TimeoutFailure, step: string, queue: string): ErrorFacts {
  if (cause.timeoutType === TimeoutType.SCHEDULE_TO_START) {
    return {
      type: 'no-worker',
      message: `No worker polls ${queue}: its agent is down or cut off.`,
      where: step,
      mend: 'Start the agent, then retry; or skip the step if its thing is lost.',
      retryable: true,
    };
  }
  return {
    type: 'timed-out',
    message: `${step} gave no sign of life in time; its outcome is unknown.`,
    where: queue,
    mend: 'Look whether its worker lives. A retry reads the outcome back before it acts.',
    retryable: true,
  };
}

function unexpected(step: string): ErrorFacts {
  return {
    type: 'unexpected',
    message: `${step} failed in an unexpected way.`,
    where: step,
    mend: 'Read the worker log.',
    retryable: true,
  };
}
