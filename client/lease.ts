/** The lease as an operator sees it: who holds what, the freezes, and taking over. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { EMPTY_LEASE, type LeaseView, type TakenOver } from '../kernel/authority/lease.ts';
import { LifeboatError, refusal } from '../kernel/errors.ts';
import {
  freezeUpdate,
  LEASE_WORKFLOW,
  leaseId,
  leaseQuery,
  leaseStart,
  takeOverUpdate,
} from '../kernel/run/messages.ts';
import { newDecision } from './runs/decide.ts';
import { bounded, type ClientContext, WORKER_TIMEOUT_MS } from './temporal/context.ts';

/** An estate that never had a run has an empty lease. @throws `no-worker`, `temporal-unreachable`. */
export async function leaseOf(context: ClientContext): Promise<LeaseView> {
  const id = leaseId(context.estate.name);
  try {
    const handle = context.client.workflow.getHandle(id);
    return await bounded(context, WORKER_TIMEOUT_MS, { where: id, what: 'The lease' }, () => handle.query(leaseQuery));
  } catch (error) {
    if (LifeboatError.is(error) && error.type === 'unknown-run') return EMPTY_LEASE;
    throw error;
  }
}

export interface FreezeRequest {
  readonly what: 'runs' | 'expiry';
  readonly on: boolean;
  readonly by: string;
  readonly reason: string;
}

/** Stops new runs, or pruners; or lets them go on. @throws `reason`, and the refusing rule. */
export async function freezeLease(context: ClientContext, { what, on, by, reason }: FreezeRequest): Promise<void> {
  const { client, estate } = context;
  const run = leaseId(estate.name);
  if (reason.trim() === '') throw refusal('reason', `A ${on ? 'freeze' : 'thaw'} needs a reason.`, run, 'Say why.');
  const decision = newDecision(context, { run, mode: 'live', kind: on ? 'freeze' : 'thaw', by, reason, target: what });
  await bounded(context, WORKER_TIMEOUT_MS, { where: run, what: 'The lease' }, () =>
    client.workflow.executeUpdateWithStart(freezeUpdate, {
      args: [{ decision, on }],
      updateId: decision.decision.id,
      startWorkflowOperation: new WithStartWorkflowOperation(LEASE_WORKFLOW, leaseStart(estate.name)),
    }),
  );
}

export interface TakeOverRequest {
  /** The run that holds the scopes. */
  readonly run: string;
  readonly by: string;
  readonly reason: string;
}

/** Takes the scopes of a run that will never give them back. @throws `reason`, `not-held`, and the refusing rule. */
export async function takeOverLease(
  context: ClientContext,
  { run: target, by, reason }: TakeOverRequest,
): Promise<TakenOver> {
  const run = leaseId(context.estate.name);
  if (reason.trim() === '') throw refusal('reason', 'Taking over needs a reason.', target, 'Say why, in a few words.');
  const decision = newDecision(context, { run, mode: 'live', kind: 'take-over', by, reason, target });
  const handle = context.client.workflow.getHandle(run);
  return bounded(context, WORKER_TIMEOUT_MS, { where: run, what: 'The take-over' }, () =>
    handle.executeUpdate(takeOverUpdate, { args: [decision], updateId: decision.decision.id }),
  );
}
