/**
 * Turns what the Temporal client throws into errors that a person can act on.
 *
 * A foreign message never passes (I8), except a refusal's own sentence: a rule of ours wrote it.
 */
import {
  ApplicationFailure,
  isGrpcServiceError,
  NamespaceNotFoundError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Refusal } from '../../kernel/decision/decision.ts';
import { LifeboatError, passing, refusal } from '../../kernel/errors.ts';

/** gRPC status codes, of https://grpc.io/docs/guides/status-codes/. */
/** Nothing here cancels a call: the server sees our deadline a moment before we do, and gives up its own work. */
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** What a person should do about each rule that refuses a decision; the rules are in `kernel/decision/decision.ts`. */
const MEND_BY_RULE: { readonly [rule: string]: string } = {
  stale: 'Look at the run again (`lifeboat status RUN`) and decide on what it shows now.',
  'other-run': 'Decide on the run that you were shown.',
  duplicate: 'Nothing more is needed: it counted the first time.',
  clock: 'Set the clock of this machine; it may differ by 5 minutes at most.',
  expired: 'Decide again.',
  'not-allowed': 'Ask someone whom `lifeboat who RUN` names; roles and keys stand in the estate file.',
  signature: 'Use the key file whose public half stands under your name in the estate file.',
  requester: 'Ask another person to approve; `lifeboat who RUN` names them.',
  twice: 'Ask another person; `lifeboat who RUN` names who is missing.',
  reason: 'Say why, in a few words.',
  'not-held': 'See who holds what: `lifeboat lease`. Scopes of a run that has ended are given on by themselves.',
  'personal-key': 'Approve with the `lifeboat` command and your own key.',
  'break-glass': 'Ask someone whom `lifeboat who RUN` names as able to.',
  override: 'Name one of those; `lifeboat review RUN` shows what each of them says.',
  trouble: 'It may pass by itself; see `lifeboat status RUN`.',
  'break-glass-key': 'Use the `lifeboat` command and your own key.',
};

/** What was being done when it failed. */
export interface Doing {
  /** Workflow id: where an error points. */
  readonly where: string;
  /** What a sentence can begin with: `The plan of the run`. */
  readonly what: string;
  /** Where a worker would have to poll. */
  readonly queue?: string;
}

function unknownRun(run: string): LifeboatError {
  return refusal('unknown-run', `There is no run ${run}.`, run, 'See which there are: `lifeboat list`.');
}

export function runEnded(run: string): LifeboatError {
  return refusal('run-ended', 'The run has ended; nothing more can be decided about it.', run, 'Start a new one.');
}

export function noWorker({ where, what, queue = 'ESTATE.control' }: Doing): LifeboatError {
  return passing(
    'no-worker',
    `${what} could not be had: no control worker polls.`,
    where,
    `Start a control worker of this estate (its queue is \`${queue}\`). What was recorded is kept meanwhile.`,
  );
}

/** A worker is there and has not answered yet: nothing is to be started, only waited for. */
export function slowWorker({ where, what }: Doing): LifeboatError {
  return passing(
    'worker-slow',
    `${what} could not be had yet: a control worker is there and has not answered in time.`,
    where,
    'Still waiting; ask again in some seconds. What was recorded is kept meanwhile.',
  );
}

export function unreachable(where: string): LifeboatError {
  return passing(
    'temporal-unreachable',
    'Temporal does not answer.',
    where,
    'Check that it runs, and the address: `temporal.address` in the estate file, or TEMPORAL_ADDRESS.',
  );
}

/** The code of the gRPC error inside, if there is one. */
function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  if (error instanceof Error && error.cause !== undefined) return grpcCode(error.cause);
  return undefined;
}

/** Nobody answered in time; whether a worker or Temporal itself is missing shows only a second look. */
export function isTimeout(error: unknown): boolean {
  const code = grpcCode(error);
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || code === DEADLINE_EXCEEDED || code === CANCELLED;
}

/** The error as one of ours. */
export function failureOf(error: unknown, doing: Doing): LifeboatError {
  const { where, what } = doing;
  if (LifeboatError.is(error)) return error;
  if (error instanceof WorkflowUpdateFailedError) return refusedDecision(error.cause, where);
  if (error instanceof WorkflowNotFoundError) return unknownRun(where);
  if (isTimeout(error)) return noWorker(doing);
  if (error instanceof NamespaceNotFoundError) return badNamespace(where);
  switch (grpcCode(error)) {
    case NOT_FOUND:
      return unknownRun(where);
    case FAILED_PRECONDITION:
      return noWorker(doing);
    case UNAVAILABLE:
      return unreachable(where);
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return refusal(
        'temporal-denied',
        'Temporal does not let this client in.',
        where,
        'Check the certificate or the API key (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_API_KEY).',
      );
    case INVALID_ARGUMENT:
      return passing(
        'temporal-refused',
        `${what} was refused by Temporal as not valid.`,
        where,
        'Is the namespace set up with the search attributes of Lifeboat, and the worker of the same version?',
      );
    default:
      return passing(
        'temporal-failed',
        `${what} failed in Temporal${codeText(error)}.`,
        where,
        'Try again; if it stays, read the log of Temporal.',
      );
  }
}

function badNamespace(where: string): LifeboatError {
  return refusal(
    'temporal-namespace',
    'Temporal has no such namespace.',
    where,
    'Check `temporal.namespace` in the estate file, or TEMPORAL_NAMESPACE.',
  );
}

function codeText(error: unknown): string {
  const code = grpcCode(error);
  return code === undefined ? '' : ` (gRPC ${code})`;
}

/** The refusing rule's name as type, its sentence as message. */
function refusedDecision(cause: unknown, where: string): LifeboatError {
  if (!(cause instanceof ApplicationFailure)) {
    return passing('decision-failed', 'The decision was not recorded.', where, 'Try again.');
  }
  const rule = cause.type ?? 'refused';
  if (rule === 'AcceptedUpdateCompletedWorkflow') return runEnded(where);
  const told: unknown = cause.details?.[0];
  const mend =
    typeof told === 'object' && told !== null && 'mend' in told && typeof told.mend === 'string'
      ? told.mend
      : undefined;
  return refusedByRule({ rule, say: cause.message }, where, mend);
}

/** What a rule of the run says, with what to do about it. */
export function refusedByRule({ rule, say }: Refusal, where: string, mend = MEND_BY_RULE[rule]): LifeboatError {
  return refusal(rule, say, where, mend ?? 'See `lifeboat status RUN`.');
}
