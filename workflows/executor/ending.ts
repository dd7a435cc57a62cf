/** How a run ends: undone where it must be, its scopes released, its record written, its status final. */
import type { ErrorFacts } from '../../kernel/errors.ts';
import { stepsOf } from '../../kernel/plan/plan.ts';
import { measure } from '../../kernel/run/measures.ts';
import { recordOf } from '../../kernel/run/record.ts';
import type { EndedStatus, Ending, RunState } from '../../kernel/run/state.ts';
import { coreIn, planIn, viewOf } from '../../kernel/run/view.ts';
import { factsIn } from './failures.ts';
import { releaseAll } from './leasing.ts';
import { probe } from './planning.ts';
import type { Run } from './run.ts';
import { undoAll } from './undoing.ts';

const SAYS: { readonly [status in Exclude<EndedStatus, 'done'>]: string } = {
  planned: 'Planned: nothing was changed',
  refused: 'Refused',
  rejected: 'Rejected',
  expired: 'Expired before it was approved',
  aborted: 'Aborted',
  stopped: 'Stopped where it stands',
};

/** Ends an attempt that goes no further. Before the pivot, what was changed is taken back first. */
export async function giveUp(run: Run, as: EndedStatus, why: ErrorFacts | null): Promise<'ended' | 'carry-over'> {
  if (run.state.pivoted) {
    await end(run, 'stopped', why && { ...why, mend: NO_WAY_BACK });
    return 'ended';
  }
  run.enter({ is: 'undoing', ending: { as, why } });
  if ((await undoAll(run)) === 'carry-over') return 'carry-over';
  await end(run, as, why && { ...why, mend: leftBehind(run) });
  return 'ended';
}

const NO_WAY_BACK =
  'Nothing is taken back after the point of no return. What leads back is a run of its own: see `help`.';

/** Said only after the undo, from what became of it. */
function leftBehind({ state, core }: Run): string {
  if (!state.touched) return 'Nothing had been changed.';
  const left = state.undo.filter((one) => one.state !== 'undone').length;
  const irreversible = core()
    .entries.flatMap(stepsOf)
    .filter(({ id, undo }) => undo.kind === 'irreversible' && state.done.includes(id)).length;
  const some = left === 0 || state.undo.some((one) => one.state === 'undone');
  const sentences = [some ? 'What was changed was taken back' : 'Nothing was taken back'];
  if (left > 0) sentences.push(`${left} change(s) were left as they are`);
  if (irreversible > 0) sentences.push(`${irreversible} step(s) cannot be taken back`);
  return `${sentences.join('; ')}. The report names each.`;
}

function saysOf({ state }: Run, as: EndedStatus): string {
  if (as === 'refused' && !state.touched) return `${SAYS.refused}: nothing was changed`;
  if (as !== 'done') return SAYS[as];
  const skipped = state.timeline.filter(({ outcome }) => outcome === 'skipped').length;
  const owed = state.timeline.flatMap(({ outcome, say }) => (outcome === 'owed' ? [say] : []));
  const done = skipped === 0 ? 'Done: every step and every proof held' : `Done, but ${skipped} step(s) were skipped`;
  return owed.length === 0
    ? done
    : `${done.replace('every step and', 'every step that could be done and')}; still owed: ${owed.join('; ')}`;
}

/** Writes the record last but for the end itself; a record that cannot be written does not hold the run open. */
export async function end(run: Run, as: EndedStatus, why: ErrorFacts | null): Promise<void> {
  const { state } = run;
  // A run that was never more than planned is told to have ended, and nothing in between.
  if (state.doing.is !== 'planning') run.enter({ is: 'closing' });
  await releaseAll(run);
  const at = run.now();
  const evidence = as === 'done' && run.opened ? await probe(run, run.opened) : {};
  const ending: Ending = {
    as,
    at,
    why,
    evidence,
    measured: measure(state, planIn(state), { done: as === 'done', evidence }),
  };
  const reason = why ? `: ${why.message}` : '';
  run.note({
    kind: 'ended',
    id: '',
    say: `${saysOf(run, as)}${reason}`,
    outcome: as === 'done' || as === 'planned' ? 'ok' : 'failed',
  });
  const report = state.request.mode === 'live' && state.plan ? await record(run, ending) : null;
  run.enter({ is: 'ended', report, ...ending });
}

async function record(run: Run, ending: Ending): Promise<string | null> {
  try {
    const ended: RunState = { ...run.state, doing: { is: 'ended', report: null, ...ending } };
    const core = coreIn(ended);
    const plan = ended.plan && core && { core, view: ended.plan.view };
    const record = { ...recordOf(viewOf(ended), null), plan };
    const { location } = await run.control('run.record', { record }, "Write the run's record");
    return location;
  } catch (error) {
    run.note({
      kind: 'note',
      id: '',
      say: `The record could not be written: ${factsIn(error).message}`,
      outcome: 'failed',
    });
    return null;
  }
}
