/** A mistake in an estate file, at its place. Nothing in it repeats a value of the file (I8). */
import { type LifeboatError, refusal } from '../../kernel/errors.ts';

export interface Problem {
  /** The file's name as the caller gave it. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units, as editors do. */
  readonly column: number;
  /** `services.items.regions.us-central1.url`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong; no full stop at its end. */
  readonly message: string;
  /** What to do now, as full sentences. */
  readonly mend: string;
}

/** `file:line:column: message. mend`, the form that editors and terminals make clickable. */
export function formatProblem({ file, line, column, message, mend }: Problem): string {
  return `${file}:${line}:${column}: ${message}. ${mend}`;
}

/** All problems as one refusal, for callers that go no further without an estate (I12). Type: `bad-estate`. */
export function refusalOf(problems: readonly Problem[]): LifeboatError {
  const [first] = problems;
  const where = first === undefined ? 'estate' : `${first.file}:${first.line}:${first.column}`;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `\n  ${formatProblem(problem)}`).join('');
  return refusal(
    'bad-estate',
    `the estate file has ${count}:${lines}`,
    where,
    'Mend the file; `lifeboat estate check FILE` shows the same list.',
  );
}
