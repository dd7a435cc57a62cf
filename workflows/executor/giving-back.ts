/**
 * Giving everything back where the destination fails on the way: the plan's own way back is planned in place of what the run
 * was started for, from fresh evidence, and waits for an approval of its own.
 *
 * Must never happen: a way back that is refused takes the other answers away; what it moved goes to the region that was
 * given up again, because the run is aborted later and that region looks well.
 */
import { planInAttempt } from '../../kernel/run/approved.ts';
import type { Choice, UndoItem } from '../../kernel/run/state.ts';
import { ask } from './asking.ts';
import { factsIn } from './failures.ts';
import { open, planAfresh } from './planning.ts';
import type { Run } from './run.ts';

type Asked = Parameters<typeof ask>;

/** As {@link ask}, with `give-back` carried out; `again` means: a new plan was taken on, begin again from its start. */
export async function askOrGiveBack(
  run: Run,
  entry: Asked[1],
  say: Asked[2],
  error: Asked[3],
  choices: Asked[4],
): Promise<Exclude<Choice, 'give-back'> | 'again'> {
  let asked = { say, error };
  for (;;) {
    const choice = await ask(run, entry, asked.say, asked.error, choices);
    if (choice !== 'give-back') return choice;
    const { wayBack } = run.core();
    if (!wayBack) throw new Error('It was chosen to give back what the plan does not say how to give back.');
    const { instead } = run.state;
    const { opened } = run;
    try {
      const since = instead?.since ?? run.state.attempt + 1;
      run.state.instead = { runbook: wayBack.runbook, input: wayBack.input, say: wayBack.say, since };
      await planAfresh(run, await open(run), wayBack.say);
      return 'again';
    } catch (refused) {
      run.state.instead = instead;
      run.opened = opened;
      asked = { say: `${wayBack.say}: it was refused.`, error: factsIn(refused) };
    }
  }
}

/**
 * Why what a way back moved is not taken back: it would go to the region that was given up, whatever that looks like now. What
 * it had not moved yet is taken back as ever. Undefined for all else.
 */
export function givenBack({ state }: Run, { attempt, entry, stepId }: UndoItem): string | undefined {
  const { instead } = state;
  if (!instead || attempt < instead.since) return undefined;
  const moves = planInAttempt(state, attempt)?.measuredBy.recovery.includes(entry);
  const moved = attempt < state.attempt || state.done.includes(stepId);
  return moves && moved ? `the run went another way: ${instead.say}` : undefined;
}
