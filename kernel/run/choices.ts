/** What people may answer where a run asks. */
import type { Choice } from './state.ts';

/**
 * @param pivoted whether the run is past its point of no return: from there it goes forward only, so nothing is planned anew
 * @param takenBack whether the step before was taken back, which cannot be stepped over: the next one would be a larger one
 */
export function choicesAfterFailure({
  pivoted,
  takenBack = false,
}: {
  pivoted: boolean;
  takenBack?: boolean;
}): Choice[] {
  const choices: Choice[] = ['retry', 'skip', 'replan', 'abort'];
  return choices.filter((one) => !(one === 'skip' && takenBack) && !(one === 'replan' && pivoted));
}
