/** What a failed activity tells: the typed facts that its worker sent, or which time-out it was. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { ControlActivities } from '../../kernel/run/control.ts';

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

/** What was called, for words about it. */
export interface Called {
  /** The activity's name. */
  readonly step: string;
  readonly queue: string;
  /** What it was to do, as Temporal's UI has it too. */
  readonly summary: string;
  /** Whether control workers poll the queue, else an agent. */
  readonly control: boolean;
  /** Whether it changes nothing in the estate. */
  readonly reads: boolean;
}

/** A control worker that gave no sign of life in what the executor needs beside the plan's steps: nothing was begun. */
export const SILENT_CONTROL = 'control-silent';
/** Who carried out a step gave no sign of life. */
export const SILENT_AGENT = 'timed-out';

/** Translates Temporal's failure of an activity; anything else is a defect and is thrown on. */
export function factsOfFailure(error: unknown, called: Called): Error {
  if (error instanceof StepFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof ActivityFailure)) return error instanceof Error ? error : new Error(String(error));
  const { cause } = error;
  if (cause instanceof CancelledFailure) return cause;
  if (cause instanceof TimeoutFailure) return new StepFailure(timeoutFacts(cause, called, error.identity));
  if (cause instanceof ApplicationFailure) return new StepFailure(applicationFacts(cause, called.step));
  return new StepFailure(unexpected(called.step));
}

function applicationFacts(cause: ApplicationFailure, step: string): ErrorFacts {
  const [details] = cause.details ?? [];
  const { where, mend, from } = (details ?? {}) as { where?: string; mend?: string; from?: string };
  return {
    type: cause.type ?? 'unexpected',
    message: cause.message,
    where: where ?? step,
    mend: mend ?? 'Read the log of the worker that ran it.',
    retryable: cause.nonRetryable !== true,
    ...(from === undefined ? {} : { from }),
  };
}

/** A queue names its system, and its region where it has one. */
function timeoutFacts(cause: TimeoutFailure, called: Called, identity: string | undefined): ErrorFacts {
  const { queue, control } = called;
  if (cause.timeoutType === TimeoutType.SCHEDULE_TO_START) {
    return {
      type: 'no-worker',
      message: `No worker polls ${queue}: its ${control ? 'control worker' : 'agent'} is down or cut off.`,
      where: called.step,
      mend: control
        ? 'Start a control worker, then retry.'
        : 'Start the agent, then retry; or skip the step if its thing is lost.',
      retryable: true,
    };
  }
  const named = identity === undefined || identity === '' ? '' : ` (${identity})`;
  const who = `The ${control ? 'control worker' : 'agent'} on ${queue}${named}`;
  if (!called.reads) return silentChange(called, who);
  return called.step in CONTROL_WORK ? silentControl(called, who) : silentRead(called, who);
}

/** What the executor asks of control workers beside the plan's steps, and what it was to do there. */
const CONTROL_WORK: { readonly [name in keyof ControlActivities]: string } = {
  'run.open': 'verify the start and name the probes',
  'run.plan': 'make the plan',
  'run.permits': 'sign the permits of its next steps',
  'run.record': 'write the record',
  'look.probes': 'name the probes',
  'look.regions': 'tell how the regions stand',
  'lease.acquire': 'acquire its scopes',
  'lease.release': 'give its scopes back',
  'decision.verify': 'verify the decision',
};

function silentControl({ step, queue }: Called, who: string): ErrorFacts {
  const work = CONTROL_WORK[step as keyof ControlActivities];
  return {
    type: 'control-silent',
    message: `${who} gave no sign of life while it was to ${work}, however often the run asked.`,
    where: queue,
    mend: 'This changed nothing in the estate. See which control workers live (`status`) and start one that hangs again; the run goes on from here with the next that answers, when you answer retry.',
    retryable: true,
  };
}

function silentChange({ summary, queue }: Called, who: string): ErrorFacts {
  return {
    type: 'timed-out',
    message: `${who} gave no sign of life while it carried out “${summary}”: nothing is known of the outcome, it may be done or not.`,
    where: queue,
    mend: 'See whether that process lives, and start it again if it hangs. The run does nothing more until it is answered: a retry reads what came of it first, and acts only if it is not done.',
    retryable: true,
  };
}

function silentRead({ summary, queue }: Called, who: string): ErrorFacts {
  return {
    type: 'timed-out',
    message: `${who} gave no sign of life while it was to read “${summary}”: nothing was read.`,
    where: queue,
    mend: 'See whether that process lives, and start it again if it hangs. Nothing was changed by it; a retry reads again.',
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
