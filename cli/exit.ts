/** Exit codes, for scripts; they are part of what the command promises. */
import { LifeboatError } from '../kernel/errors.ts';
import { hasEnded, type RunStatus } from '../kernel/run/state.ts';

export const EXIT = {
  ok: 0,
  /** Refused, or bad input: nothing was touched. */
  refused: 1,
  /** Not a command. */
  usage: 2,
  /** The run ended otherwise than done: aborted, rejected, expired, stopped, or ended from outside. */
  notDone: 3,
  /** The run is not at its end: it waits for people, or the time given to `--wait` is over. */
  waiting: 4,
  /** Temporal, or a worker, does not answer. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of a run that was followed to its end, or as far as was waited for. */
export function exitOfStatus(status: RunStatus): ExitCode {
  if (status === 'done' || status === 'planned') return EXIT.ok;
  if (status === 'refused') return EXIT.refused;
  return hasEnded({ status }) ? EXIT.notDone : EXIT.waiting;
}

export function exitOfError(error: unknown): ExitCode {
  if (!LifeboatError.is(error)) return EXIT.refused;
  if (error.type === 'usage' || error.type === 'no-key') return EXIT.usage;
  if (error.type === 'ended-from-outside') return EXIT.notDone;
  return ['temporal-unreachable', 'no-worker', 'worker-slow'].includes(error.type) ? EXIT.unreachable : EXIT.refused;
}
