/** How a run ends: undone where it must be, its scopes released, its record written, its status final. */
import type { ErrorFacts } from '../../kernel/errors.ts';
import { stepsOf } from '../../kernel/plan/plan.ts';
import { endText, keptOf, leftStep, leftText } from '../../kernel/run/left.ts';
import { measure } from '../../kernel/run/measures.ts';
import { recordOf } from '../../kernel/run/record.ts';
import type { EndedStatus, Ending, LeftItem, RunState } from '../../kernel/run/state.ts';
import { coreIn, planIn, viewOf } from '../../kernel/run/view.ts';
import { nextText } from '../../kernel/run/words.ts';
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
    run.state.left.push(...notReached(run));
    await end(run, 'stopped', why && { ...why, mend: standsText(run) });
    return 'ended';
  }
  run.enter({ is: 'undoing', ending: { as, why } });
  if ((await undoAll(run)) === 'carry-over') return 'carry-over';
  run.state.left.push(...keptOf(run.state, false));
  await end(run, as, why && { ...why, mend: leftBehind(run) });
  return 'ended';
}

/** After the point of no return: what is left, and the run that goes on from there. */
function standsText({ state }: Run): string {
  const told = state.left.slice(0, MOST_TOLD).map((one) => `${firstUp(leftText(one))}.`);
  const more = state.left.length > MOST_TOLD ? [`The report names ${state.left.length - MOST_TOLD} more.`] : [];
  const { runbook, input } = state.instead ?? state.request;
  return [
    'Nothing is taken back after the point of no return.',
    ...told,
    ...more,
    `What goes on from what is there: \`${nextText({ runbook, input })}\`.`,
  ].join(' ');
}

/** What the plan had to do yet, an entry each; a step that was stepped over is told already. */
function notReached(run: Run): LeftItem[] {
  const { state } = run;
  const core = run.core();
  return core.entries.slice(state.cursor).flatMap((entry) => {
    if (entry.kind !== 'step' && entry.kind !== 'each') return [];
    const ids = stepsOf(entry).map(({ id }) => id);
    if (ids.every((id) => state.done.includes(id)) || !state.plan) return [];
    const say = state.plan.view.says[entry.id] ?? entry.id;
    const left = { id: entry.id, say, because: 'the run was given up before it was done', owed: false };
    return leftStep(core, state.plan.view, entry, left);
  });
}

/** Said only after the undo, from what became of it: each thing that stays, what that means, and what to do about it. */
function leftBehind({ state, core }: Run): string {
  if (!state.touched) return 'Nothing had been changed.';
  const kept = state.left.filter(({ kind }) => kind === 'kept');
  const irreversible = core()
    .entries.flatMap(stepsOf)
    .filter(({ id, undo }) => undo.kind === 'irreversible' && state.done.includes(id)).length;
  const undone = state.undo.filter((one) => one.state === 'undone').length;
  const sentences = [takenBack(undone, kept.length)];
  if (irreversible > 0) sentences.push(`${irreversible} step(s) cannot be taken back`);
  const told = kept.slice(0, MOST_TOLD).map((one) => `${firstUp(leftText(one))}.`);
  const more = kept.length > MOST_TOLD ? [`The report names ${kept.length - MOST_TOLD} more.`] : [];
  const report = kept.length === 0 && irreversible > 0 ? ['The report names each.'] : [];
  return [`${sentences.join('; ')}.`, ...told, ...more, ...report].join(' ');
}

/** As many as a message holds; the report has all. */
const MOST_TOLD = 4;

function takenBack(undone: number, kept: number): string {
  if (kept === 0) return 'What was changed was taken back';
  const stay = `${kept} change(s) stay as they are`;
  return undone === 0 ? `Nothing was taken back: ${stay}` : `${undone} change(s) were taken back, and ${stay}`;
}

function firstUp(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function saysOf({ state }: Run, as: EndedStatus): string {
  if (as === 'refused' && !state.touched) return `${SAYS.refused}: nothing was changed`;
  if (as !== 'done') return SAYS[as];
  const { left } = state;
  if (left.length === 0) return 'Done: every step and every proof held';
  const told = left.slice(0, MOST_TOLD).map(leftText);
  const more = left.length > MOST_TOLD ? [`the report names ${left.length - MOST_TOLD} more`] : [];
  return `${firstUp(endText({ status: 'done', left }))}; ${[...told, ...more].join('; ')}`;
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
