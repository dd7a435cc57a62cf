/**
 * The one base of every error that Lifeboat throws on purpose.
 *
 * An error says what happened (`message`), where (`where`) and how to mend it (`mend`), and whether trying again may
 * help (`retryable`); and from which region it was seen (`from`). These are the only fields that ever leave a process (see `activities/failures.ts`): a cause,
 * a stack or a foreign message may hold a secret (I8).
 */

/** What an error tells; every field is safe to show and to store. */
export interface ErrorFacts {
  /** Stable kebab-case name, also its section in `docs/errors.md` and Temporal's failure type. */
  readonly type: string;
  readonly message: string;
  /** The place: a file with line, a step's id, a target's name. */
  readonly where: string;
  /** What the reader should do now, as a full sentence. */
  readonly mend: string;
  /** Whether the same call may succeed if it is made again. */
  readonly retryable: boolean;
  /** The region that it was seen from, where its process was told: another region may see it otherwise. */
  readonly from?: string;
}

export class LifeboatError extends Error {
  readonly type: string;
  readonly where: string;
  readonly mend: string;
  readonly retryable: boolean;
  readonly from?: string;

  constructor(facts: ErrorFacts) {
    super(facts.message);
    this.name = 'LifeboatError';
    this.type = facts.type;
    this.where = facts.where;
    this.mend = facts.mend;
    this.retryable = facts.retryable;
    if (facts.from !== undefined) this.from = facts.from;
  }

  /**
   * Works by name and not by `instanceof`: Temporal's workflow sandbox and jest's module registry each have their own
   * copy of this class.
   */
  static is(error: unknown): error is LifeboatError {
    return error instanceof Error && error.name === 'LifeboatError' && 'type' in error && 'mend' in error;
  }
}

/** A refusal: bad input or a broken rule, found before anything was touched (I12). Never retryable. */
export function refusal(type: string, message: string, where: string, mend: string): LifeboatError {
  return new LifeboatError({ type, message, where, mend, retryable: false });
}

/** A failure of the world that may pass: a time-out, a refused connection. */
export function passing(type: string, message: string, where: string, mend: string): LifeboatError {
  return new LifeboatError({ type, message, where, mend, retryable: true });
}

/**
 * A message as a part of another sentence: without its full stop, or what else ends it. Whatever was written elsewhere (an
 * error's message, a person's reason, what a service says of itself) passes here before words of ours follow it.
 */
export function asClause(message: string): string {
  return message.replace(/[\s.;]+$/, '');
}

/** The facts of any error; a foreign error keeps only its class name, because its text may hold a secret (I8). */
export function factsOf(error: unknown, where: string): ErrorFacts {
  if (LifeboatError.is(error)) {
    return {
      type: error.type,
      message: error.message,
      where: error.where,
      mend: error.mend,
      retryable: error.retryable,
      ...(error.from === undefined ? {} : { from: error.from }),
    };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return {
    type: 'unexpected',
    message: `unexpected ${kind}${code}`,
    where,
    mend: 'Read the log of the worker that ran it; report it if it is not explained there.',
    retryable: true,
  };
}
