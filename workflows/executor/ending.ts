/** How a run ends: undone where it must be, its scopes released, its record written, its status final. */
import type { ErrorFacts } from '../../kernel/errors.ts';
import { stepsOf } from '../../kernel/plan/plan.ts';
import { measure } from '../../kernel/run/measures.ts';
import type { RunStatus } from '../../kernel/run/state.ts';
import { factsIn } from './failures.ts';
import { releaseAll } from './leasing.ts';
import { probe } from './planning.ts';
import type { Run } from './run.ts';
import { undoAll } from './undoing.ts';

const SAYS: { readonly [status in RunStatus]?: string } = {
  planned: 'Planned: nothing was changed',
  refused: 'Refused: nothing was changed',
  rejected: 'Rejected',
  expired: 'Expired before it was approved',
  aborted: 'Aborted',
  stopped: 'Stopped where it stands',
};

/** Ends an attempt that goes no further. Before the pivot, what was changed is taken back first. */
export async function giveUp(run: Run, status: 'rejected' | 'expired' | 'aborted', why: ErrorFacts): Promise<void> {
  if (run.state.pivoted) {
    return end(run, 'stopped', {
      ...why,
      mend: 'Nothing is taken back after the point of no return. Run failback to return.',
    });
  }
  await undoAll(run);
  await end(run, status, { ...why, mend: leftBehind(run) });
}

/** Said only after the undo, from what became of it. */
function leftBehind({ state }: Run): string {
  if (!state.touched) return 'Nothing had been changed.';
  const left = state.undo.filter((one) => one.state !== 'undone').length;
  const irreversible = (state.plan?.core.entries ?? [])
    .flatMap(stepsOf)
    .filter(({ id, undo }) => undo.kind === 'irreversible' && state.done.includes(id)).length;
  const some = left === 0 || state.undo.some((one) => one.state === 'undone');
  const sentences = [some ? 'What was changed was taken back' : 'Nothing was taken back'];
  if (left > 0) sentences.push(`${left} change(s) were left as they are`);
  if (irreversible > 0) sentences.push(`${irreversible} step(s) cannot be taken back`);
  return `${sentences.join('; ')}. The report names each.`;
}

function saysOf({ state }: Run, status: RunStatus): string {
  if (status !== 'done') return SAYS[status] ?? status;
  const skipped = state.timeline.filter(({ outcome }) => outcome === 'skipped').length;
  return skipped === 0 ? 'Done: every step and every proof held' : `Done, but ${skipped} step(s) were skipped`;
}

/** Writes the record last but for the status itself; a record that cannot be written does not hold the run open. */
export async function end(run: Run, status: RunStatus, why: ErrorFacts | null): Promise<void> {
  const { state } = run;
  state.ending = why;
  state.gate = null;
  state.hold = null;
  await releaseAll(run);
  state.endedAt = run.now();
  if (status === 'done' && run.opened) state.evidenceAtEnd = await probe(run, run.opened);
  state.measured = measure({ ...state, status });
  const reason = why ? `: ${why.message}` : '';
  run.note({
    kind: 'ended',
    id: '',
    say: `${saysOf(run, status)}${reason}`,
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
