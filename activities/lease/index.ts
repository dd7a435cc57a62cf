/**
 * The way from a run to the estate's lease: a workflow cannot send an update to another, an activity with a client can.
 * Idempotent by run. A holder that has ended is reaped, with its unfinished undo shown.
 */
import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { type AcquireAnswer, EMPTY_LEASE, type LeaseView } from '../../kernel/authority/lease.ts';
import type { ControlActivities } from '../../kernel/run/control.ts';
import {
  acquireUpdate,
  LEASE_WORKFLOW,
  leaseId,
  leaseQuery,
  leaseStart,
  releaseUpdate,
  stateQuery,
} from '../../kernel/run/messages.ts';

export interface LeaseDeps {
  readonly client: Client;
  /** Told when a scope is taken from a holder that ended without giving it back. */
  readonly reaped: (run: string, unfinished: readonly string[]) => void;
}

export function createLeaseActivities({
  client,
  reaped,
}: LeaseDeps): Pick<ControlActivities, 'lease.acquire' | 'lease.release'> {
  return {
    'lease.acquire': async ({ estate, run, requester, scopes }) => {
      const acquire = (): Promise<AcquireAnswer> =>
        client.workflow.executeUpdateWithStart(acquireUpdate, {
          startWorkflowOperation: new WithStartWorkflowOperation(LEASE_WORKFLOW, leaseStart(estate)),
          args: [{ run, requester, scopes }],
        });
      for (;;) {
        const answer = await acquire();
        if (answer.granted || !('holder' in answer)) return answer;
        const unfinished = await unfinishedOfClosed(client, answer.holder.run);
        if (unfinished === undefined) return answer;
        reaped(answer.holder.run, unfinished);
        await client.workflow
          .getHandle(leaseId(estate))
          .executeUpdate(releaseUpdate, { args: [{ run: answer.holder.run }] });
      }
    },
    'lease.release': async ({ estate, run, scopes }) => {
      const args: [{ run: string; scopes?: readonly string[] }] = [{ run, ...(scopes ? { scopes } : {}) }];
      await client.workflow.getHandle(leaseId(estate)).executeUpdate(releaseUpdate, { args });
      return null;
    },
  };
}

/** Undefined while the run is open; else what it had not taken back (unknown once its history is gone). */
async function unfinishedOfClosed(client: Client, run: string): Promise<readonly string[] | undefined> {
  const handle = client.workflow.getHandle(run);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return ['its history is gone'];
    throw error;
  }
  try {
    const state = await handle.query(stateQuery);
    return state.undo.filter((item) => item.state === 'pending').map(({ say }) => say);
  } catch {
    return ['its state could not be read'];
  }
}

/** Who holds what; empty where no run ever held anything. */
export async function readLease(client: Client, estate: string): Promise<LeaseView> {
  try {
    return await client.workflow.getHandle(leaseId(estate)).query(leaseQuery);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return EMPTY_LEASE;
    throw error;
  }
}
