/** What people may answer where a run asks. */
import type { Choice } from './state.ts';

/**
 * @param pivoted whether the run is past its point of no return: from there it goes forward only, so nothing is planned anew
 * @param takenBack whether the step before was taken back, which cannot be stepped over: the next one would be a larger one
 * @param wayBack whether something was begun that the plan says how to give back
 */
export function choicesAfterFailure({
  pivoted,
  takenBack = false,
  wayBack = false,
}: {
  pivoted: boolean;
  takenBack?: boolean;
  wayBack?: boolean;
}): Choice[] {
  const choices: Choice[] = ['retry', 'skip', 'replan', 'give-back', 'abort'];
  return choices.filter((one) => {
    if (one === 'skip') return !takenBack;
    if (one === 'replan') return !pivoted;
    return one !== 'give-back' || (wayBack && !pivoted);
  });
}
