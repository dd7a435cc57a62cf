/** How a run ends: undone where it must be, its scopes released, its record written, its status final. */
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { RunStatus } from '../../kernel/run-state.ts';
import { factsIn } from './failures.ts';
import { releaseAll } from './leasing.ts';
import type { Run } from './run.ts';
import { undoAll } from './undoing.ts';

const SAYS: { readonly [status in RunStatus]?: string } = {
  done: 'Done: every step and every proof held',
  planned: 'Planned: nothing was changed',
  refused: 'Refused: nothing was changed',
  rejected: 'Rejected',
  expired: 'Expired before it was approved',
  aborted: 'Aborted',
  stopped: 'Stopped where it stands',
};

/** Ends an attempt that goes no further. Before the pivot, what was changed is taken back first. */
export async function giveUp(run: Run, status: 'rejected' | 'expired' | 'aborted', why: ErrorFacts): Promise<void> {
  if (run.state.pivoted) return end(run, 'stopped', why);
  await undoAll(run);
  await end(run, status, why);
}

/** Writes the record last but for the status itself; a record that cannot be written does not hold the run open. */
export async function end(run: Run, status: RunStatus, why: ErrorFacts | null): Promise<void> {
  const { state } = run;
  state.ending = why;
  state.gate = null;
  state.hold = null;
  await releaseAll(run);
  state.endedAt = run.now();
  const reason = why ? `: ${why.message}` : '';
  run.note({
    kind: 'ended',
    id: '',
    say: `${SAYS[status] ?? status}${reason}`,
    outcome: status === 'done' || status === 'planned' ? 'ok' : 'failed',
  });
  if (state.request.mode === 'live' && state.plan) await record(run, status);
  run.status(status);
}

async function record(run: Run, status: RunStatus): Promise<void> {
  try {
    const { location } = await run.control('run.record', { state: { ...run.state, status } }, "Write the run's record");
    run.state.report = location;
  } catch (error) {
    run.note({
      kind: 'note',
      id: '',
      say: `The record could not be written: ${factsIn(error).message}`,
      outcome: 'failed',
    });
  }
}
