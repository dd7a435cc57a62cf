/**
 * The one place where an activity's error becomes what Temporal stores: type, message, place and mend, from allow-listed
 * fields, and nothing else.
 *
 * Must never happen: a cause, a stack or a foreign message enters a history, since any of them may hold a secret (I8)
 * and no payload codec covers them (facts/temporal.md).
 */
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { factsOf } from '../kernel/errors.ts';

/**
 * For a worker's `interceptors.activity`.
 * A cancellation passes through, so that Temporal tells "cancelled" from "failed".
 */
export const failureInterceptor: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw failureOf(error, context.info.activityType, context.cancellationSignal.aborted);
      }
    },
  },
});

/**
 * The error as Temporal may have it.
 * @param where the activity's name, for an error that names no place
 * @param cancelled whether the activity was cancelled; then what its aborted sockets threw is that cancellation
 */
export function failureOf(error: unknown, where: string, cancelled: boolean): unknown {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (cancelled && isAbort(error)) return withoutStack(new CancelledFailure('cancelled'));
  const facts = factsOf(error, where);
  return withoutStack(
    ApplicationFailure.create({
      message: facts.message,
      type: facts.type,
      nonRetryable: !facts.retryable,
      details: [{ where: facts.where, mend: facts.mend, ...(facts.from === undefined ? {} : { from: facts.from }) }],
    }),
  );
}

/** By name: sockets, timers and `fetch` each have their own class for it. */
function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

/** A stack names the machine's paths and is stored in clear text. */
function withoutStack<E extends Error>(error: E): E {
  error.stack = '';
  return error;
}
