/**
 * Starts a run, as a person or by a policy of the estate file, and answers when there is a plan to look at.
 *
 * The id comes from the trigger, so a retry shows the run that it started the first time; a second run about the same
 * thing is refused and shows the first. The lease in the estate is what truly locks (I3): this is a courtesy.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { policyNamed } from '../../estate/runs/questions.ts';
import { pause } from '../../host/pause.ts';
import type { LeaseView } from '../../kernel/authority/lease.ts';
import { backoffMs } from '../../kernel/backoff.ts';
import { policyRequester } from '../../kernel/decision/policy.ts';
import { LifeboatError, refusal } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { controlQueueOf, runId } from '../../kernel/run/messages.ts';
import type { RunRequest, RunView } from '../../kernel/run/state.ts';
import { requestText } from '../../kernel/run/words.ts';
import { hashOf } from '../../kernel/signing/hash.ts';
import type { PolicyRequest, StartRequest } from '../api.ts';
import { checkInput, runbookNamed } from '../grammar/inputs.ts';
import { leaseOf } from '../lease.ts';
import {
  bounded,
  type ClientContext,
  SERVER_TIMEOUT_MS,
  unanswered,
  WORKFLOW_TASK_TIMEOUT_MS,
} from '../temporal/context.ts';
import { newDecision } from './decide.ts';
import { describe, endedOutside, knownRuns, queryState } from './query.ts';
import { inputIn, type Memo, searchAttributes } from './search.ts';

/** Most plans are there at once; one that takes longer is asked for less often. */
const POLL = { firstMs: 50, mostMs: 250, factor: 1.5 };
const POLL_QUERY_TIMEOUT_MS = 2_000;
const MAX_OPEN_RUNS = 100;
export const START_TIMEOUT_MS = 10_000;

/**
 * @throws LifeboatError `unknown-runbook`, `bad-input`, `bad-request-id`, `already-running`; `no-worker` when the run
 * was recorded but nobody carries it out yet.
 */
export async function startRun(
  context: ClientContext,
  request: StartRequest,
  timeoutMs = START_TIMEOUT_MS,
): Promise<RunView> {
  const { runbook, input, mode, by, reason = '' } = request;
  const target = hashOf({ runbook, input });
  const start = (run: string) => newDecision(context, { run, mode, kind: 'start', by, reason, target });
  return startAny(context, { ...request, reason, start }, timeoutMs);
}

/**
 * Starts now what a policy lets run without people: its own runbook and input, and no others. Nothing is signed.
 * @throws LifeboatError `unknown-policy`, and as {@link startRun}.
 */
export async function startPolicy(
  context: ClientContext,
  { policy, requestId }: PolicyRequest,
  timeoutMs = START_TIMEOUT_MS,
): Promise<RunView> {
  const { runbook, inputs } = policyNamed(context.estate, policy);
  const asked = { runbook, input: inputs, mode: 'live', by: policyRequester(policy), requestId, reason: '' } as const;
  return startAny(context, { ...asked, start: () => ({ policy }) }, timeoutMs);
}

interface Started extends StartRequest {
  readonly reason: string;
  readonly start: (run: string) => RunRequest['start'];
}

async function startAny(context: ClientContext, request: Started, timeoutMs: number): Promise<RunView> {
  checkInput(request.runbook, request.input);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(request.requestId)) {
    const mend = 'Use letters, digits, `.`, `_` and `-`, at most 100 of them.';
    throw refusal('bad-request-id', 'The request id cannot be part of a run’s name.', 'requestId', mend);
  }
  const run = runId(request.runbook, context.estate.name, request.requestId);
  if (request.mode === 'live') await refuseSecond(context, run, request);
  await begin(context, run, request);
  return untilPlanned(context, run, timeoutMs);
}

async function begin(context: ClientContext, run: string, request: Started): Promise<void> {
  const { estate, digest, client } = context;
  const { runbook, input, mode, by, reason } = request;
  const argument: RunRequest = {
    v: 1,
    run,
    estate: estate.name,
    estateDigest: digest,
    runbook,
    input,
    mode,
    requester: by,
    start: request.start(run),
  };
  const memo: Memo = { input, reason };
  await bounded(context, SERVER_TIMEOUT_MS, { where: run, what: 'The start' }, () =>
    client.workflow
      .start(runbook, {
        args: [argument],
        workflowId: run,
        taskQueue: controlQueueOf(estate.name),
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        typedSearchAttributes: searchAttributes(
          { estate: estate.name, runbook, mode, requester: by, phase: 'planning' },
          input,
        ),
        memo: { ...memo },
        staticSummary: summaryText(request).slice(0, 200),
        staticDetails: detailsText(context, request),
      })
      .then(() => undefined)
      .catch((error: unknown) => {
        // The same trigger again: the run that it started is shown.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }),
  );
}

async function refuseSecond(context: ClientContext, run: string, request: StartRequest): Promise<void> {
  const open = await knownRuns(context, { open: true, limit: MAX_OPEN_RUNS });
  const others = open.filter(
    (one) =>
      one.run !== run &&
      one.indexed.mode === 'live' &&
      one.indexed.runbook === request.runbook &&
      sameSubject(request.runbook, inputIn(one.info), request.input),
  );
  if (others.length === 0) return;
  const taken = await takenOver(context);
  // A run whose scopes were taken over gets none again, however long it stays open: it stands in nobody's way.
  const other = others.find((one) => !taken.some((lost) => lost.run === one.run));
  if (other) throw alreadyRunning(other.run, other.indexed.requester, request.runbook);
}

/** Nothing where the lease does not answer: then the run that is found open counts. */
async function takenOver(context: ClientContext): Promise<LeaseView['taken']> {
  try {
    return (await leaseOf(context)).taken;
  } catch (error) {
    if (LifeboatError.is(error)) return [];
    throw error;
  }
}

/** What is left out means "whatever is found", so it fits everything. */
function sameSubject(runbook: string, a: JsonObject, b: JsonObject): boolean {
  const keys = runbookNamed(runbook)?.about.keys ?? [];
  return keys.every((key) => a[key] === undefined || b[key] === undefined || a[key] === b[key]);
}

function alreadyRunning(run: string, requester: string, runbook: string): LifeboatError {
  return refusal(
    'already-running',
    `A ${runbook} of the same region is under way: ${run}, started by ${requester}.`,
    run,
    `Look at it with \`lifeboat status ${run}\`; wait for it or abort it before you start another. One that will never go on is taken over with \`lifeboat take-over ${run}\`.`,
  );
}

async function untilPlanned(context: ClientContext, run: string, timeoutMs: number): Promise<RunView> {
  const until = Date.now() + timeoutMs;
  let last: RunView | undefined;
  let trouble: unknown;
  for (let polls = 1; Date.now() < until; polls += 1) {
    try {
      last = await queryState(
        context,
        run,
        Math.min(POLL_QUERY_TIMEOUT_MS, Math.max(POLL.firstMs, until - Date.now())),
      );
      if (last.status !== 'planning') return last;
    } catch (error) {
      // A run that has not had its first task answers no query yet; that passes.
      trouble = error;
      if (endedOutside((await describe(context, run)).info)) throw error;
    }
    await pause(Math.min(backoffMs(polls, POLL), Math.max(0, until - Date.now())));
  }
  if (last) return last;
  const silent = ['no-worker', 'worker-slow'];
  if (LifeboatError.is(trouble) && !silent.includes(trouble.type)) throw trouble;
  throw await unanswered(context, { where: run, what: `The run was recorded as ${run}, and its plan` });
}

function summaryText({ runbook, input, mode, by }: StartRequest): string {
  return `${mode === 'plan' ? 'Dry run' : 'LIVE'}: ${requestText(runbook, input)}, asked for by ${by}`;
}

function detailsText({ estate, digest }: ClientContext, request: StartRequest): string {
  const reason = request.reason ? [`Reason: ${request.reason}`] : [];
  return [summaryText(request), ...reason, `Estate: ${estate.name}, digest ${digest.slice(0, 12)}`].join('\n\n');
}
