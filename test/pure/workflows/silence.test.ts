/**
 * Failure mode pinned: a step "failed" of which nothing is known, and a worker that is not named; people look at the wrong
 * process, or skip what may be done.
 */
import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { type Called, factsIn, factsOfFailure } from '../../../workflows/executor/failures.ts';

const READMIT: Called = {
  step: 'services.readmit',
  queue: 'lab.agent.service.items.us-central1',
  summary: 'Readmit items in us-central1',
  control: false,
  reads: false,
};
const PERMITS: Called = { step: 'run.permits', queue: 'lab.control', summary: 'Permits', control: true, reads: true };

function failed(cause: Error, identity?: string): ActivityFailure {
  return new ActivityFailure('', '', '1', RetryState.MAXIMUM_ATTEMPTS_REACHED, identity, cause);
}

const timedOut = (type: TimeoutType) => new TimeoutFailure('', undefined, type);

describe('who gave no sign of life', () => {
  it('is named, a control worker as one: the step was not begun, and what the run does next is said', () => {
    const facts = factsIn(factsOfFailure(failed(timedOut(TimeoutType.START_TO_CLOSE)), PERMITS));
    expect(facts).toMatchObject({ type: 'control-silent', where: 'lab.control' });
    expect(facts.message).toContain(
      'The control worker on lab.control gave no sign of life while it was to sign the permits',
    );
    expect(facts.mend).toMatch(/changed nothing in the estate.*goes on from here.*retry/);
  });

  it('is an agent on its queue, and its process where Temporal knows it: nothing is known of the outcome', () => {
    const facts = factsIn(factsOfFailure(failed(timedOut(TimeoutType.HEARTBEAT), '7@agent-us'), READMIT));
    expect(facts.type).toBe('timed-out');
    expect(facts.message).toBe(
      'The agent on lab.agent.service.items.us-central1 (7@agent-us) gave no sign of life while it carried out “Readmit items in us-central1”: nothing is known of the outcome, it may be done or not.',
    );
    expect(facts.mend).toMatch(/does nothing more until it is answered: a retry reads what came of it first/);
  });

  it('has read nothing where it was to read, and changed nothing', () => {
    const proof = { ...READMIT, step: 'proofs.check', queue: 'lab.control', control: true, reads: true };
    const { message, mend } = factsIn(factsOfFailure(failed(timedOut(TimeoutType.START_TO_CLOSE)), proof));
    expect(message).toMatch(/^The control worker on lab\.control .*nothing was read\.$/);
    expect(mend).toContain('Nothing was changed');
  });

  it('is not there at all where nobody polls', () => {
    const { message } = factsIn(factsOfFailure(failed(timedOut(TimeoutType.SCHEDULE_TO_START)), PERMITS));
    expect(message).toBe('No worker polls lab.control: its control worker is down or cut off.');
  });
});

describe('a failure that a worker sent', () => {
  it('keeps the region that it was seen from', () => {
    const cause = ApplicationFailure.create({
      message: 'no',
      type: 'a',
      details: [{ where: 'w', mend: 'm', from: 'eu' }],
    });
    expect(factsIn(factsOfFailure(failed(cause), READMIT))).toMatchObject({
      type: 'a',
      where: 'w',
      mend: 'm',
      from: 'eu',
    });
  });
});
