/** Following a run: what it found and will do, then each line of its log as it comes, to its end. */
import type { Lifeboat } from '../client/api.ts';
import { refusal } from '../kernel/errors.ts';
import { stepsOf } from '../kernel/plan/plan.ts';
import type { PlanAnswer, RunView } from '../kernel/run/state.ts';
import { ENDED } from '../kernel/run/state.ts';

type Say = (line: string) => void;

/** The plan as its approver sees it, in short. */
export function sayPlan({ plan, planHash }: PlanAnswer, say: Say): void {
  if (!plan) return;
  say(`\n  ${plan.view.headline}   (plan ${planHash.slice(0, 12)})`);
  for (const { label, value } of plan.view.facts) say(`    ${label}: ${value}`);
  for (const { what, because } of plan.view.leftOut) say(`    left out: ${what}, because ${because}`);
  for (const warning of plan.view.warnings) say(`    warning: ${warning}`);
  for (const [index, { title }] of plan.core.phases.entries()) {
    say(`    ${index + 1}. ${title}`);
    for (const entry of plan.core.entries.filter(({ phase }) => phase === index)) {
      const ids = stepsOf(entry).map(({ id }) => id);
      for (const id of ids.length > 0 ? ids : [entry.id]) say(`       ${plan.view.says[id] ?? id}`);
    }
  }
  say('');
}

/** Tells every line of the run's log and waits for its end. @throws LifeboatError when it ends otherwise than done. */
export async function follow(lifeboat: Lifeboat, run: string, say: Say): Promise<RunView> {
  let told = 0;
  let asked = '';
  for await (const state of lifeboat.watch(run, { everyMs: 200 })) {
    for (const item of state.timeline.slice(told)) {
      const took = item.ms === undefined ? '' : ` (${(item.ms / 1000).toFixed(1)} s)`;
      say(`    ${item.outcome === 'failed' ? '✗' : '·'} ${item.say}${took}`);
    }
    told = state.timeline.length;
    if (state.question && state.question.id !== asked) {
      asked = state.question.id;
      say(`    ? ${state.question.say} Choices: ${state.question.choices.join(', ')}`);
    }
    if (ENDED.includes(state.status)) {
      if (state.status === 'done') return state;
      throw refusal(
        'demo-run',
        `The run ended as ${state.status}: ${state.ending?.message ?? ''}`,
        run,
        state.ending?.mend ?? 'Read its report.',
      );
    }
    if (state.question && !process.stdin.isTTY) {
      throw refusal(
        'demo-question',
        `${state.question.say} ${state.question.error.message}`,
        run,
        state.question.error.mend,
      );
    }
  }
  throw refusal('demo-run', 'The run could not be followed to its end.', run, 'Look at `npm run lab -- status`.');
}
