/** Plans that were approved before the present one, and are needed as long as a step of theirs may have to be undone. */
import type { PlanCore } from '../plan/plan.ts';
import type { RunState } from './state.ts';

/** The approved plan of an attempt, while it is kept. */
export function planInAttempt(
  { approved, cores }: Pick<RunState, 'approved' | 'cores'>,
  attempt: number,
): PlanCore | undefined {
  const one = approved.find((known) => known.attempt === attempt);
  return one && cores[one.planHash];
}
