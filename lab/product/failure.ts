/**
 * The product's own errors: what happened, where, how to mend it, and whether the same call may succeed later.
 *
 * Must never happen: the text of a foreign error in an answer, because it may hold a password.
 */

export interface Facts {
  /** Stable kebab-case name. */
  readonly type: string;
  readonly message: string;
  /** A file, a request, a region. */
  readonly where: string;
  /** What the reader should do now, as a full sentence. */
  readonly mend: string;
  readonly retryable: boolean;
}

/** An error that tells its facts. */
export type Failure = Error & Facts;

/** Makes the error of something that failed; callers of a client may give their own. */
export type Fail = (type: string, message: string, where: string, mend: string) => Error;

/** Bad input, found before anything was touched. */
export function refusal(type: string, message: string, where: string, mend: string): Failure {
  return failure({ type, message, where, mend, retryable: false });
}

/** A failure of the world that may pass: a time-out, a refused connection. */
export function passing(type: string, message: string, where: string, mend: string): Failure {
  return failure({ type, message, where, mend, retryable: true });
}

/** Whether an error tells its facts, whoever made it. */
export function isFailure(error: unknown): error is Failure {
  return (
    error instanceof Error &&
    ['type', 'where', 'mend'].every(
      (name) => typeof Object.getOwnPropertyDescriptor(error, name)?.value === 'string',
    ) &&
    typeof Object.getOwnPropertyDescriptor(error, 'retryable')?.value === 'boolean'
  );
}

/** The facts of any error; a foreign one keeps its class's name only. */
export function factsOf(error: unknown, where: string): Facts {
  if (isFailure(error)) {
    const { type, message, where: place, mend, retryable } = error;
    return { type, message, where: place, mend, retryable };
  }
  const message = `unexpected ${error instanceof Error ? error.name : typeof error}`;
  return { type: 'unexpected', message, where, mend: 'Read the log.', retryable: true };
}

/** One line for a log. */
export function lineOf(error: unknown): string {
  if (isFailure(error)) return `${error.where}: ${error.message}. ${error.mend}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unexpected';
}

function failure({ message, ...rest }: Facts): Failure {
  return Object.assign(new Error(message), rest);
}
