/** Exit codes, for scripts; they are part of what the command promises, and told in its help. */
import { table } from '../client/grammar/help.ts';
import { LifeboatError } from '../kernel/errors.ts';
import { hasEnded, type RunView } from '../kernel/run/state.ts';

export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  notDone: 3,
  waiting: 4,
  unreachable: 5,
  configuration: 6,
  doneInPart: 7,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code tells; `status RUN`, `watch RUN` and `run --wait` end with what the run has come to. */
export const EXIT_MEANINGS: { readonly [name in keyof typeof EXIT]: string } = {
  ok: 'it was done; of a run: it ended well (done, with nothing left but what its plan said would be owed; planned)',
  refused: 'it was refused, or the input was bad, and nothing was touched; of a run: refused',
  usage: 'not a command: the line was not understood',
  notDone: 'the run ended otherwise than done: rejected, expired, aborted, stopped, or ended from outside',
  waiting: 'the run has not ended: it is at work or waits for people (gate, question, paused)',
  unreachable: 'Temporal or a control worker does not answer',
  configuration: 'the estate file or the key file is missing or wrong',
  doneInPart: 'the run is done, and something of it is skipped, left over or unproven: its end says what to do',
};

/** The codes as the help shows them. */
export function exitCodesText(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([name, means]) => ({
    usage: String(EXIT[name as keyof typeof EXIT]),
    summary: means,
  }));
  return table('Exit codes', lines);
}

/** What is wrong with the files that the command was given, or with those that it was not given. */
const CONFIGURATION: readonly string[] = [
  'no-estate',
  'bad-estate',
  'no-key',
  'key-file',
  'key-file-open',
  'bad-key',
  'unknown-key',
];

/** Of a run that was followed to its end, or as far as was waited for. */
export function exitOfRun({ status, left = [] }: Pick<RunView, 'status'> & Partial<Pick<RunView, 'left'>>): ExitCode {
  // What is owed its plan announced, and people approved it so: that a dead region does not answer is no failure of the run.
  if (status === 'done') return left.every(({ kind }) => kind === 'owed') ? EXIT.ok : EXIT.doneInPart;
  if (status === 'planned') return EXIT.ok;
  if (status === 'refused') return EXIT.refused;
  return hasEnded({ status }) ? EXIT.notDone : EXIT.waiting;
}

export function exitOfError(error: unknown): ExitCode {
  if (!LifeboatError.is(error)) return EXIT.refused;
  if (error.type === 'usage') return EXIT.usage;
  if (CONFIGURATION.includes(error.type)) return EXIT.configuration;
  if (error.type === 'ended-from-outside') return EXIT.notDone;
  return ['temporal-unreachable', 'no-worker', 'worker-slow'].includes(error.type) ? EXIT.unreachable : EXIT.refused;
}
