/** What a step's implementation is called with, for tests that call one without the wrapper. */
import type { Context } from '../../../activities/step-implementation.ts';

export function stepContext(now = 0): Context {
  return {
    run: 'r',
    runStartedAt: 0,
    stepId: 's',
    direction: 'do',
    fence: null,
    signal: new AbortController().signal,
    resumed: null,
    progress() {},
    now: () => now,
  };
}
