/** Disturbances at one activity, for a stage's `around`. */
import { passing } from '../../../kernel/errors.ts';
import type { Around } from './stage.ts';

export interface StepCall {
  readonly name: string;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
}

/** What a step's call is about; undefined for a control activity. */
export function stepCallOf({ name, input }: { name: string; input: unknown }): StepCall | undefined {
  const { stepId, direction } = (input ?? {}) as { stepId?: string; direction?: 'do' | 'undo' };
  return stepId === undefined || direction === undefined ? undefined : { name, stepId, direction };
}

/** Fails the calls that match, before they do anything, the first `times` times. */
export function failing(matches: (call: StepCall) => boolean, times = Number.POSITIVE_INFINITY): Around {
  let left = times;
  return async (call, next) => {
    const step = stepCallOf(call);
    if (step && matches(step) && left > 0) {
      left -= 1;
      throw passing('disturbed', `${step.name} was disturbed by the test.`, step.stepId, 'Nothing; a test did it.');
    }
    return next(call.input);
  };
}

/** Fails each of these control activities the first `times` times; Temporal tries again after 200, 400, 800, … ms. */
export function failingControl(names: readonly string[], times: number): Around {
  const left = new Map(names.map((name) => [name, times]));
  return async ({ name, input }, next) => {
    const rest = left.get(name) ?? 0;
    if (rest === 0) return next(input);
    left.set(name, rest - 1);
    throw passing('disturbed', `${name} was disturbed by the test.`, name, 'Nothing; a test did it.');
  };
}

/** Does something just before each call that matches. */
export function before(matches: (call: StepCall) => boolean, act: () => void | Promise<void>): Around {
  return async (call, next) => {
    const step = stepCallOf(call);
    if (step && matches(step)) await act();
    return next(call.input);
  };
}
