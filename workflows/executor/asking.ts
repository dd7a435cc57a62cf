/** Stop and ask: a run that cannot go on waits for a person's choice; it never guesses. */
import { condition } from '@temporalio/workflow';
import { policyOf, policyRequester } from '../../kernel/decision/policy.ts';
import type { ErrorFacts } from '../../kernel/errors.ts';
import type { Answer, Choice } from '../../kernel/run/state.ts';
import type { Run } from './run.ts';

/**
 * Waits for an answer; an abort signal answers `abort` where that is among the choices. The id is new each time, so that
 * an old answer cannot count.
 */
export async function ask(
  run: Run,
  entry: string,
  say: string,
  error: ErrorFacts,
  choices: readonly Choice[],
): Promise<Choice> {
  const { state } = run;
  if (choices.includes('abort') && givesUpByPolicy(run, entry, say, error)) return 'abort';
  state.seq += 1;
  const id = `q${state.seq}`;
  run.note({ kind: 'question', id, say: `${say} ${error.message} (${error.where}) ${error.mend}`, outcome: 'failed' });
  const { wayBack } = run.state.plan ? run.core() : {};
  const giving = choices.includes('give-back') && wayBack ? { wayBack: wayBack.say } : {};
  const question = { id, entry, say, error, choices, ...giving, askedAt: run.now() };
  run.interrupt({ is: 'question', question, answer: null });
  const aborted = (): boolean => choices.includes('abort') && state.abort !== null;
  await condition(() => answerIn(run) !== null || aborted());
  const answer = answerIn(run);
  const choice: Choice = aborted() ? 'abort' : (answer?.choice ?? 'abort');
  state.abort ??= choice === 'abort' ? { by: answer?.by ?? '', at: run.now(), reason: answer?.reason ?? '' } : null;
  // People may have taken the run's scopes over while it waited: permits are asked for anew, from who holds them now.
  run.permits.clear();
  run.interrupt(null);
  return choice;
}

function answerIn({ state: { interruption } }: Run): Answer | null {
  return interruption?.is === 'question' ? interruption.answer : null;
}

/**
 * Where nobody is there to be asked, the policy has answered: as an abort, so that all is taken back. An undo that fails
 * has no such choice, and asks people even so.
 */
function givesUpByPolicy(run: Run, entry: string, say: string, error: ErrorFacts): boolean {
  const { state } = run;
  const name = policyOf(state.request.start);
  if (name === undefined || run.opened?.policy?.onFailure !== 'undo') return false;
  const by = policyRequester(name);
  run.note({
    kind: 'decision',
    id: entry,
    by,
    say: `${by}: abort, because ${say} ${error.message}`,
    outcome: 'failed',
  });
  state.abort ??= { by, at: run.now(), reason: `${say} ${error.message}`, failed: { entry, error } };
  return true;
}

/** Whether a boundary is passed at once; asked first, because every promise of a workflow is traced and costs (bench step). */
export function goesOn({ state }: Run): boolean {
  return state.paused === null && state.abort === null;
}

/** At a boundary: waits while the run is paused. Answers whether to stop because of an abort. */
export async function waitWhilePaused(run: Run): Promise<'go' | 'abort'> {
  const { state } = run;
  if (state.paused && !state.abort) {
    run.interrupt({ is: 'paused' });
    await condition(() => state.paused === null || state.abort !== null);
    run.permits.clear();
    run.interrupt(null);
  }
  return state.abort ? 'abort' : 'go';
}
