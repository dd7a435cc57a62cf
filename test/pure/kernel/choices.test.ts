/** What a run that stopped may be told: never to plan anew past the point of no return, never to step over what was undone. */
import { expect, it } from '@jest/globals';
import { choicesAfterFailure } from '../../../kernel/run/choices.ts';

it.each([
  [{ pivoted: false }, ['retry', 'skip', 'replan', 'abort']],
  [{ pivoted: true }, ['retry', 'skip', 'abort']],
  [{ pivoted: false, takenBack: true }, ['retry', 'replan', 'abort']],
  [{ pivoted: false, takenBack: true, wayBack: true }, ['retry', 'replan', 'give-back', 'abort']],
  [{ pivoted: true, wayBack: true }, ['retry', 'skip', 'abort']],
  [{ pivoted: true, takenBack: true }, ['retry', 'abort']],
])('after %j it may be told %j', (where, choices) => {
  expect(choicesAfterFailure(where)).toEqual(choices);
});
