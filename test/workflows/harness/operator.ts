/** People at work on a run: they start, look, approve, answer and abort, each signing with a key. */
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  type Decision,
  type DecisionKind,
  type SignedDecision,
  signDecision,
} from '../../../kernel/decision/decision.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { evidenceHash } from '../../../kernel/plan/evidence.ts';
import { abortSignal, controlQueueOf, decideUpdate, planQuery, stateQuery } from '../../../kernel/run/messages.ts';
import type { Choice, PlanAnswer, RunMode, RunRequest, RunView } from '../../../kernel/run/state.ts';
import { hashOf } from '../../../kernel/signing/hash.ts';
import type { KeyPair } from '../../../kernel/signing/keys.ts';
import { PEOPLE, type Who } from './people.ts';
import type { Stage } from './stage.ts';

const VALID_MS = 5 * 60_000;
/** WORKFLOW_TASK_SCHEDULED and WORKFLOW_TASK_STARTED of temporal.api.enums.v1.EventType. */
const UNDER_WAY: readonly unknown[] = [5, 6];
const LOOK_EVERY_MS = 5;

export interface StartOptions {
  readonly runbook?: string;
  readonly input?: JsonObject;
  readonly mode?: RunMode;
  readonly by?: Who;
  /** Instead of a person: this policy, with fixed arguments as a Schedule has them. */
  readonly policy?: string;
  /** Changes the request after it was signed. */
  readonly forge?: (request: RunRequest & { readonly start: SignedDecision }) => RunRequest;
  /** False on a server that skips no time: it loses no update, so none has to wait for a quiet moment. */
  readonly skipsTime?: boolean;
}

export interface DecideOptions {
  readonly reason?: string;
  readonly choice?: Choice;
  readonly override?: string;
  readonly key?: KeyPair;
  /** What the person looked at; left out, the run is looked at now. */
  readonly seen?: RunView;
  /** Changes the decision before it is signed. */
  readonly change?: Partial<Decision>;
  /** Changes what was signed. */
  readonly forge?: (signed: SignedDecision) => SignedDecision;
}

/** `refused` is the name of the rule, or undefined when it was recorded. */
export type Answer = { readonly refused: string | undefined; readonly say: string };

export interface Running {
  readonly run: string;
  readonly handle: WorkflowHandle;
  state(): Promise<RunView>;
  plan(): Promise<PlanAnswer>;
  signed(kind: DecisionKind, by: Who, options?: DecideOptions): Promise<SignedDecision>;
  send(signed: SignedDecision): Promise<Answer>;
  decide(kind: DecisionKind, by: Who, options?: DecideOptions): Promise<Answer>;
  abort(by: Who, options?: DecideOptions): Promise<void>;
}

/** @param now Temporal's clock, which time skipping moves */
export async function startRun(
  client: Client,
  stage: Stage,
  now: () => Promise<number>,
  {
    runbook = 'failover',
    input = { from: 'us-central1' },
    mode = 'live',
    by = 'ada',
    policy,
    forge,
    skipsTime = true,
  }: StartOptions = {},
): Promise<Running> {
  const run = stage.newRun(runbook);
  const at = await now();
  const target = hashOf({ runbook, input });
  const decision = blank({ run, mode, kind: 'start', by, at, target });
  const keys = PEOPLE[by];
  const request: RunRequest & { readonly start: SignedDecision } = {
    v: 1,
    run,
    estate: stage.estate.name,
    estateDigest: stage.digest,
    runbook,
    input,
    mode,
    requester: by,
    start: signDecision(decision, keys.publicKey, keys.privateKey),
  };
  const fixed = { run: `${runbook}/${stage.estate.name}/fixed`, estateDigest: '', requester: '' };
  const asked: RunRequest = policy === undefined ? request : { ...request, ...fixed, start: { policy } };
  const handle = await client.workflow.start(runbook, {
    args: [forge ? forge(request) : asked],
    workflowId: run,
    taskQueue: controlQueueOf(stage.estate.name),
    // Longer than in production: a starved test machine must not lose its place.
    workflowTaskTimeout: '10s',
  });
  return running(handle, { run, mode, now, skipsTime });
}

interface At {
  readonly run: string;
  readonly mode: RunMode;
  readonly now: () => Promise<number>;
  readonly skipsTime: boolean;
}

function running(handle: WorkflowHandle, { run, mode, now, skipsTime }: At): Running {
  const state = (): Promise<RunView> => handle.query(stateQuery);
  const plan = (): Promise<PlanAnswer> => handle.query(planQuery);
  async function signed(kind: DecisionKind, by: Who, options: DecideOptions = {}): Promise<SignedDecision> {
    const [view, at] = await Promise.all([options.seen ?? state(), now()]);
    const gate = kind === 'approve' || kind === 'reject';
    const decision: Decision = {
      ...blank({ run, mode, kind, by, at, target: '' }),
      target: gate ? (view.gate?.id ?? '') : kind === 'resolve' ? (view.question?.id ?? '') : '',
      attempt: view.attempt,
      planHash: view.planHash,
      evidenceHash: evidenceHash(view.evidence),
      reason: options.reason ?? '',
      ...(options.choice === undefined ? {} : { choice: options.choice }),
      ...(options.override === undefined ? {} : { override: options.override }),
      ...options.change,
    };
    const keys = options.key ?? PEOPLE[by];
    const made = signDecision(decision, keys.publicKey, keys.privateKey);
    return options.forge ? options.forge(made) : made;
  }
  async function send(decision: SignedDecision): Promise<Answer> {
    if (skipsTime) await settled(handle);
    try {
      await handle.executeUpdate(decideUpdate, { args: [decision] });
      return { refused: undefined, say: 'recorded' };
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      if (!(error.cause instanceof ApplicationFailure)) throw error;
      return { refused: error.cause.type ?? 'no type', say: error.cause.message };
    }
  }
  return {
    run,
    handle,
    state,
    plan,
    signed,
    send,
    decide: async (kind, by, options) => send(await signed(kind, by, options)),
    abort: async (by, options) => handle.signal(abortSignal, await signed('abort', by, options)),
  };
}

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** Calls that a test itself holds up may last; then an update has to do without a quiet moment. */
const CALM_WITHIN_MS = 1_000;

/**
 * The time-skipping server loses an update that comes in the middle of a workflow task, and all that follow it; an
 * activity that is under way begins a workflow task at any moment.
 */
async function settled(handle: WorkflowHandle): Promise<void> {
  for (const calmBy = Date.now() + CALM_WITHIN_MS; ; ) {
    const { events } = await handle.fetchHistory();
    const inTask = UNDER_WAY.includes(events?.at(-1)?.eventType);
    if (!inTask && (callsUnderWay(events ?? []) === 0 || Date.now() > calmBy)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function callsUnderWay(events: Events): number {
  const scheduled = events.filter(({ activityTaskScheduledEventAttributes: one }) => one);
  const closed = events.filter(
    (event) =>
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes,
  );
  return scheduled.length - closed.length;
}

function blank(wanted: Pick<Decision, 'run' | 'mode' | 'kind' | 'by' | 'at' | 'target'>): Decision {
  return {
    v: 1,
    attempt: 0,
    planHash: '',
    evidenceHash: '',
    exp: wanted.at + VALID_MS,
    reason: '',
    id: randomUUID(),
    ...wanted,
  };
}
