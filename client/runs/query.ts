/** Asks where runs stand. Reading never needs a signature. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { refusal } from '../../kernel/errors.ts';
import { planQuery, stateQuery } from '../../kernel/run/messages.ts';
import { progressOf } from '../../kernel/run/progress.ts';
import type { PlanAnswer, RunView } from '../../kernel/run/state.ts';
import type { RunSummary } from '../api.ts';
import { bounded, type ClientContext, SERVER_TIMEOUT_MS, WORKER_TIMEOUT_MS } from '../temporal/context.ts';
import { runEnded } from '../temporal/failures.ts';
import { chooseRun, noSuchRun } from './choose.ts';
import { type Indexed, indexedOf, inputIn, regionsIn } from './search.ts';

const DEFAULT_LIMIT = 20;
/** A list is looked at often and by many; one silent worker must not hold it up. */
const LIST_QUERY_TIMEOUT_MS = 1_500;
/** How far back a part of a name is looked for. */
const FIND_LIMIT = 500;

/** A run as Temporal itself knows it. */
export interface KnownRun {
  readonly run: string;
  readonly indexed: Indexed;
  readonly info: WorkflowExecutionInfo;
  readonly closed: boolean;
}

/** The run's view; of an ended run its result, so that no worker is needed. @throws `unknown-run`, `no-worker`, … */
export async function stateOf(context: ClientContext, run: string): Promise<RunView> {
  const { info } = await describe(context, run);
  return info.status.name === 'COMPLETED' ? resultOf(context, run) : queryState(context, run);
}

/** Asks the run itself, in one call: for those who ask often. @throws `unknown-run`, `no-worker`, … */
export function queryState(context: ClientContext, run: string, timeoutMs = WORKER_TIMEOUT_MS): Promise<RunView> {
  const doing = { where: run, what: 'The state of the run' };
  const handle = context.client.workflow.getHandle(run);
  return bounded(context, timeoutMs, doing, () => handle.query(stateQuery));
}

/** @throws LifeboatError `unknown-run`, `no-worker`, `temporal-unreachable`. */
export function planOf(context: ClientContext, run: string): Promise<PlanAnswer> {
  const handle = context.client.workflow.getHandle(run);
  const doing = { where: run, what: 'The plan of the run' };
  return bounded(context, WORKER_TIMEOUT_MS, doing, () => handle.query(planQuery));
}

/** Whether the run exists, in which mode, and whether it has ended; asks no worker. @throws `unknown-run`, … */
export async function describe(context: ClientContext, run: string): Promise<KnownRun> {
  const doing = { where: run, what: 'The run' };
  const handle = context.client.workflow.getHandle(run);
  const info = await bounded(context, SERVER_TIMEOUT_MS, doing, () => handle.describe());
  const indexed = indexedOf(info);
  if (!indexed || indexed.estate !== context.estate.name) {
    const mend = 'Name a run of this estate (`lifeboat list`), or give the estate file that it belongs to.';
    throw refusal('unknown-run', `${run} is no run of the estate ${context.estate.name}.`, run, mend);
  }
  return { run, indexed, info: { ...info, raw: {} }, closed: info.status.name !== 'RUNNING' };
}

/** As {@link describe}, refusing a run about which nothing can be decided any more. @throws `run-ended`. */
export async function describeOpen(context: ClientContext, run: string): Promise<KnownRun> {
  const known = await describe(context, run);
  if (known.closed) throw runEnded(run);
  return known;
}

/** The final view of a run that completed. */
function resultOf(context: ClientContext, run: string): Promise<RunView> {
  const handle = context.client.workflow.getHandle(run);
  return bounded(context, SERVER_TIMEOUT_MS, { where: run, what: "The run's result" }, () => handle.result());
}

/** The estate's runs, open ones first, then the last ended; each once, however often it was continued as new. */
export async function knownRuns(
  context: ClientContext,
  { open = false, limit }: { readonly open?: boolean; readonly limit: number },
): Promise<KnownRun[]> {
  const status = open ? "ExecutionStatus = 'Running'" : "ExecutionStatus != 'ContinuedAsNew'";
  const query = `LifeboatEstate = '${context.estate.name}' AND ${status}`;
  const doing = { where: context.estate.name, what: 'The list of runs' };
  return bounded(context, SERVER_TIMEOUT_MS, doing, async () => {
    const found = new Map<string, KnownRun>();
    for await (const info of context.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
      const indexed = indexedOf(info);
      if (!indexed || found.has(info.workflowId)) continue;
      found.set(info.workflowId, { run: info.workflowId, indexed, info, closed: info.status.name !== 'RUNNING' });
      if (found.size >= limit) break;
    }
    return [...found.values()];
  });
}

/** Newest first. What a worker does not say in time is `unknown`. */
export async function listRuns(
  context: ClientContext,
  ended: Map<string, RunView>,
  { open = false, limit = DEFAULT_LIMIT }: { readonly open?: boolean; readonly limit?: number } = {},
): Promise<RunSummary[]> {
  const known = await knownRuns(context, { open, limit });
  const summaries = await Promise.all(known.map((one) => summaryOf(context, ended, one)));
  return summaries.sort((a, b) => b.startedAt - a.startedAt);
}

async function summaryOf(context: ClientContext, ended: Map<string, RunView>, known: KnownRun): Promise<RunSummary> {
  const { run, indexed, info, closed } = known;
  const view = ended.get(run) ?? (await viewOrNothing(context, known));
  if (view && closed) ended.set(run, view);
  return {
    run,
    runbook: indexed.runbook,
    mode: indexed.mode,
    requester: indexed.requester,
    status: endedOutside(info) ? 'unknown' : (view?.status ?? 'unknown'),
    phase: view && STOPPED_WITHIN.includes(view.status) ? await phaseOf(context, view) : indexed.phase,
    startedAt: view?.startedAt ?? info.startTime.getTime(),
    closed,
    ...(view?.left === undefined ? {} : { left: view.left }),
  };
}

/** In these Temporal's index names the status, so that it can be searched for, and not the phase. */
const STOPPED_WITHIN: readonly RunView['status'][] = ['question', 'paused', 'undoing'];

/** Title of the phase that a run stopped in; empty where it does not say so in time. */
async function phaseOf(context: ClientContext, view: RunView): Promise<string> {
  const { run } = view.request;
  const handle = context.client.workflow.getHandle(run);
  const doing = { where: run, what: 'The plan of the run' };
  try {
    const { plan } = await bounded(context, LIST_QUERY_TIMEOUT_MS, doing, () => handle.query(planQuery));
    const progress = plan && progressOf(plan.core, view);
    return progress?.phases[progress.current]?.title ?? '';
  } catch {
    return '';
  }
}

async function viewOrNothing(context: ClientContext, { run, info, closed }: KnownRun): Promise<RunView | undefined> {
  try {
    if (closed && !endedOutside(info)) return await resultOf(context, run);
    return await queryState(context, run, LIST_QUERY_TIMEOUT_MS);
  } catch {
    return undefined;
  }
}

/** Terminated, timed out or failed in Temporal: the run's own last word is not how it ended. */
export function endedOutside({ status }: Pick<WorkflowExecutionInfo, 'status'>): boolean {
  return status.name !== 'RUNNING' && status.name !== 'COMPLETED' && status.name !== 'CONTINUED_AS_NEW';
}

/**
 * The id of the run that is meant: a whole id, a whole request id, a part of one that fits no other run, or the region or
 * the runbook of the only open run about it; left out, the only open one.
 * @throws LifeboatError `unknown-run`, `ambiguous-run`.
 */
export async function findRun(context: ClientContext, nameOrPart?: string): Promise<string> {
  const known = await knownRuns(context, { open: nameOrPart === undefined, limit: FIND_LIMIT });
  const choosable = known.map(({ run, indexed, info, closed }) => ({
    run,
    closed,
    about: [indexed.runbook, ...regionsIn(indexed.runbook, inputIn(info))],
  }));
  const chosen = chooseRun(choosable, nameOrPart);
  if (chosen !== undefined) return chosen;
  // The index lags behind a start by a moment; a whole id is asked for directly.
  if (nameOrPart !== undefined && nameOrPart.split('/').length === 3) return (await describe(context, nameOrPart)).run;
  throw noSuchRun(context.estate.name, nameOrPart, choosable);
}
