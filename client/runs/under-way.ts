/** The calls that a run waits for at this moment, and what their heartbeats say: asked of Temporal, not of the run. */
import { z } from 'zod';
import { LifeboatError } from '../../kernel/errors.ts';
import type { RunView } from '../../kernel/run/state.ts';
import type { PendingCall } from '../../kernel/run/under-way.ts';
import type { Lifeboat } from '../api.ts';
import { bounded, type ClientContext, SERVER_TIMEOUT_MS } from '../temporal/context.ts';

/** As `activities/define-activities.ts` sends it; a beat of a step that says nothing is null. */
const Heartbeat = z.object({ fraction: z.number().min(0).max(1).nullable(), say: z.string().max(1_000) });

/** `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API: no worker has this try. */
const SCHEDULED = 1;

/** In the order in which they were begun. @throws LifeboatError `unknown-run`, `temporal-unreachable`. */
export async function pendingCalls(context: ClientContext, run: string): Promise<PendingCall[]> {
  const handle = context.client.workflow.getHandle(run);
  const { payloadConverter } = context.client.options.loadedDataConverter;
  const { raw } = await bounded(context, SERVER_TIMEOUT_MS, { where: run, what: 'What runs now' }, () =>
    handle.describe(),
  );
  return (raw.pendingActivities ?? [])
    .toSorted((a, b) => Number(a.activityId) - Number(b.activityId))
    .map((one) => {
      const [payload] = one.heartbeatDetails?.payloads ?? [];
      const beat = Heartbeat.safeParse(payload == null ? null : payloadConverter.fromPayload(payload)).data;
      return {
        step: one.activityType?.name ?? '',
        queue: one.activityOptions?.taskQueue?.name ?? undefined,
        since: one.state === SCHEDULED ? null : timeOf(one.lastStartedTime),
        tries: one.attempt ?? 1,
        fraction: beat?.fraction ?? null,
        say: beat?.say ?? '',
      };
    });
}

type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

function timeOf(timestamp: Timestamp): number | null {
  const seconds = Number(timestamp?.seconds ?? 0);
  return seconds === 0 ? null : seconds * 1_000 + Math.floor((timestamp?.nanos ?? 0) / 1e6);
}

/** What runs now, where the run is at work; nothing where that cannot be had: the rest is told without it. */
export async function pendingIfAny(
  lifeboat: Pick<Lifeboat, 'pending'>,
  view: RunView,
): Promise<readonly PendingCall[]> {
  if (view.status !== 'running' && view.status !== 'undoing') return [];
  try {
    return await lifeboat.pending(view.request.run);
  } catch (error) {
    if (LifeboatError.is(error)) return [];
    throw error;
  }
}
