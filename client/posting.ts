/** Which of an estate's bots posts to Slack: asked for by each of them, granted to one (workflows/posting.ts). */
import { ApplicationFailure, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { LifeboatError } from '../kernel/errors.ts';
import {
  controlQueueOf,
  POSTING_HELD,
  type PostingHeld,
  type PostingRequest,
  postingId,
  postUpdate,
  stopPostingUpdate,
} from '../kernel/run/messages.ts';
import type { PostingAnswer } from './api.ts';
import { bounded, type ClientContext, WORKFLOW_TASK_TIMEOUT_MS } from './temporal/context.ts';

const POSTING_WORKFLOW = 'posting';
/** Longer than a killed worker's task needs to be handed on (2 s); short, because a bot that waits asks again anyway. */
const POSTING_TIMEOUT_MS = 4_000;
/** A bot that ends gives its lease back only in passing: it runs out by itself. */
const STOP_TIMEOUT_MS = 2_000;

/** The first bot that asks makes the workflow. @throws `no-worker`, `temporal-unreachable`, … */
export function takePosting(context: ClientContext, request: PostingRequest): Promise<PostingAnswer> {
  const { client, estate } = context;
  const workflowId = postingId(estate.name);
  return bounded(context, POSTING_TIMEOUT_MS, { where: workflowId, what: 'The posting lease' }, async () => {
    try {
      const grant = await client.workflow.executeUpdateWithStart(postUpdate, {
        args: [request],
        startWorkflowOperation: new WithStartWorkflowOperation(POSTING_WORKFLOW, {
          workflowId,
          taskQueue: controlQueueOf(estate.name),
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
          staticSummary: `Which bot of ${estate.name} posts to Slack`,
          args: [estate.name],
        }),
      });
      return { granted: true, grant };
    } catch (error) {
      const held = heldOf(error);
      if (held === undefined) throw error;
      return { granted: false, held };
    }
  });
}

/** What the workflow says of the bot that has it; undefined when it failed for another reason. */
function heldOf(error: unknown): PostingHeld | undefined {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const { type, details } = error.cause;
  // Written by our own workflow, which is of one version with its callers or says nothing of the kind.
  return type === POSTING_HELD ? (details?.[0] as PostingHeld) : undefined;
}

/** @throws `no-worker`, `temporal-unreachable`, … */
export async function stopPosting(context: ClientContext, bot: string): Promise<void> {
  const where = postingId(context.estate.name);
  const handle = context.client.workflow.getHandle(where);
  try {
    await bounded(context, STOP_TIMEOUT_MS, { where, what: 'The posting lease' }, () =>
      handle.executeUpdate(stopPostingUpdate, { args: [{ bot }] }),
    );
  } catch (error) {
    if (LifeboatError.is(error) && error.type === 'not-posting') return;
    throw error;
  }
}
