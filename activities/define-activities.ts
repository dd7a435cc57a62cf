/**
 * The one wrapper around every step, in production and on the memory estate: check the permit and the fence, read; act
 * unless it is proven already; read again. Nothing changes without passing here (I2, I3, I9).
 */

import { z } from 'zod';
import type { Estate } from '../estate/schema.ts';
import { nativeVerify } from '../host/native-ed25519.ts';
import type { Fence } from '../kernel/authority/fence.ts';
import { checkPermit } from '../kernel/authority/permit.ts';
import { asClause, factsOf, LifeboatError, passing, refusal } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { Dispatch, type StepAnswer } from '../kernel/run/dispatch.ts';
import type { AnyContract } from '../runbooks/steps/contract.ts';
import type { Marks } from './fencing/marks.ts';
import { createMutex, type Mutex } from './fencing/mutex.ts';
import type { Context, Implementation, Implementations } from './step-implementation.ts';

/** Where the crash matrix disturbs a step; production passes none. */
export interface Fault {
  /** Around the effect; may fail before it, after it, delay it or run it twice. */
  act(context: Context, effect: () => Promise<void>): Promise<void>;
  /** Before the scope is locked: where a call can be delayed until later ones have passed it. */
  beforeLock?(context: Context): Promise<void>;
}

/** What Temporal knows of the current attempt; a seam so that the wrapper runs without Temporal in tests. */
export interface Attempt {
  readonly attempt: number;
  /** The queue that the call came by. */
  readonly taskQueue: string;
  readonly signal: AbortSignal;
  /** What the last try of this call said in its last heartbeat, if there was one. */
  readonly lastHeartbeat?: unknown;
  heartbeat(details: Json): void;
}

export interface Authority {
  /** This process's own copy of the estate file, and its digest. */
  readonly estate: Estate;
  readonly estateDigest: string;
  /** Public keys that may sign permits, from this process's own estate file. */
  readonly signers: readonly string[];
}

export interface DefineOptions {
  /** The region that this process reads from; left out where it stands outside of all. */
  readonly vantage?: string | undefined;
  readonly clock: () => number;
  readonly authority: Authority;
  readonly marks: Marks;
  readonly attempt: () => Attempt;
  readonly mutex?: Mutex;
  readonly fault?: Fault;
}

export type Activities = { readonly [step: string]: (input: unknown) => Promise<StepAnswer> };

/** Beat often enough that a killed worker is noticed within 2 s (design, "Names"). */
const HEARTBEAT_EVERY_MS = 800;

/** What a heartbeat says: a step's own words, or what the try before it had said last. */
const Progress = z.object({ fraction: z.number().nullable(), say: z.string(), resume: z.custom<Json>() });

/** Activities by step name. */
export function defineActivities(implementations: Implementations, options: DefineOptions): Activities {
  const mutex = options.mutex ?? createMutex();
  return Object.fromEntries(
    Object.values(implementations).map((implementation) => [
      implementation.contract.name,
      (input: unknown) => serve(implementation, input, { ...options, mutex }),
    ]),
  );
}

async function serve(
  implementation: Implementation,
  input: unknown,
  options: DefineOptions & { readonly mutex: Mutex },
): Promise<StepAnswer> {
  const { contract } = implementation;
  const dispatch = parse(contract, input, options.authority);
  const args: unknown = dispatch.args;
  const attempt = options.attempt();
  const fence: Fence | null = dispatch.fence && { ...dispatch.fence, try: attempt.attempt };
  // Said again until there is something newer: a try that is cut short before it says anything must not lose its place.
  let said = Progress.safeParse(attempt.lastHeartbeat).data ?? null;
  const context: Context = {
    run: dispatch.run,
    runStartedAt: dispatch.runStartedAt,
    stepId: dispatch.stepId,
    direction: dispatch.direction,
    fence,
    signal: attempt.signal,
    resumed: said?.resume ?? null,
    now: options.clock,
    progress(fraction, say, resume = said?.resume ?? null) {
      said = { fraction, say, resume };
      attempt.heartbeat(said);
    },
  };
  const beat = setInterval(() => attempt.heartbeat(said), HEARTBEAT_EVERY_MS);
  try {
    if (contract.effect === 'read') {
      return await seenFrom(options.vantage, () => readOnly(implementation, args, context));
    }
    if (fence === null)
      throw refusal('no-fence', `${contract.name} came without a fence.`, contract.name, 'Start a run.');
    refuseOtherQueue(contract, args, attempt, options.authority);
    authorize(contract, dispatch, fence, options);
    await options.fault?.beforeLock?.(context);
    return await options.mutex.run(fence.scope, () => change(implementation, args, context, fence, options));
  } finally {
    clearInterval(beat);
  }
}

/** A reading says from where it was made, and so does one that failed: a partition shows each region another estate. */
async function seenFrom(vantage: string | undefined, read: () => Promise<StepAnswer>): Promise<StepAnswer> {
  if (vantage === undefined) return read();
  try {
    return { ...(await read()), from: vantage };
  } catch (error) {
    throw LifeboatError.is(error) ? new LifeboatError({ ...factsOf(error, ''), from: vantage }) : error;
  }
}

function parse(contract: AnyContract, input: unknown, authority: Authority): Dispatch {
  const parsed = Dispatch.safeParse(input);
  if (!parsed.success) {
    throw refusal(
      'bad-dispatch',
      `${contract.name} was called with something else than a dispatch.`,
      contract.name,
      'Start a run.',
    );
  }
  if (parsed.data.estateDigest !== authority.estateDigest) {
    throw refusal(
      'estate-differs',
      "This worker's estate file is not the one that the run was planned on.",
      contract.name,
      'Give every worker the same estate file, restart it, and plan again.',
    );
  }
  const args = contract.args.safeParse(parsed.data.args);
  if (!args.success) {
    throw refusal('bad-arguments', `${contract.name} was called with wrong arguments.`, contract.name, 'Plan again.');
  }
  return { ...parsed.data, args: args.data };
}

/**
 * A change queue has exactly one process, and so one mark per scope. A call that came by another queue would be judged by
 * the marks of a process that does not own the thing (I3).
 */
function refuseOtherQueue(contract: AnyContract, args: unknown, { taskQueue }: Attempt, { estate }: Authority): void {
  const own = contract.queue(args, estate);
  if (own === taskQueue) return;
  throw refusal(
    'wrong-queue',
    `${contract.name} belongs on ${own}.`,
    taskQueue,
    'Start a run; an activity cannot be called by hand.',
  );
}

function authorize(contract: AnyContract, dispatch: Dispatch, fence: Fence, options: DefineOptions): void {
  checkPermit(
    dispatch.permit,
    {
      estateDigest: options.authority.estateDigest,
      run: dispatch.run,
      stepId: dispatch.stepId,
      direction: dispatch.direction,
      call: { step: contract.name, args: dispatch.args },
      scope: fence.scope,
      epoch: fence.epoch,
      now: options.clock(),
    },
    options.authority.signers,
    nativeVerify,
  );
}

async function readOnly(implementation: Implementation, args: unknown, context: Context): Promise<StepAnswer> {
  const seen: unknown = await implementation.read(args, context);
  const proven = implementation.proven?.(seen, args) ?? true;
  if (proven !== true) throw notProven(implementation, args, proven);
  return answer(implementation, seen, { acted: false });
}

async function change(
  implementation: Implementation,
  args: unknown,
  context: Context,
  fence: Fence,
  options: DefineOptions,
): Promise<StepAnswer> {
  // Raised even when nothing is left to do: from here on, whatever is older than this call changes nothing.
  await options.marks.raise(fence);
  const before: unknown = await implementation.read(args, context);
  if (proves(implementation, before, args) === true) return answer(implementation, before, { acted: false });
  const { act, contract } = implementation;
  if (!act) throw refusal('no-effect', `${contract.name} has no effect to give.`, contract.name, 'Report this defect.');
  const effect = async (): Promise<void> => act.call(implementation, args, context);
  await (options.fault ? options.fault.act(context, effect) : effect());
  const after: unknown = await implementation.read(args, context);
  const proven = proves(implementation, after, args);
  if (proven !== true) throw notProven(implementation, args, proven);
  return answer(implementation, after, { acted: true });
}

/** Only what the contract lets out leaves this process. */
function answer(implementation: Implementation, seen: unknown, { acted }: { acted: boolean }): StepAnswer {
  return { result: implementation.contract.result.parse(implementation.result(seen)), acted };
}

function proves(implementation: Implementation, seen: unknown, args: unknown): true | string {
  if (!implementation.proven) return 'the step does not say how its effect is seen';
  return implementation.proven(seen, args);
}

/** Names what was to be so, what was read instead, where to look, and what there is to answer. */
function notProven({ contract }: Implementation, args: unknown, why: string): LifeboatError {
  const look = contract.look?.(args) ?? 'the thing itself';
  const reads = contract.effect === 'read';
  return passing(
    'not-proven',
    `“${contract.say(args)}” does not hold: ${asClause(why)}.`,
    contract.name,
    reads
      ? `Look at ${look}. Then retry, which reads it again; or skip with a reason, and the end says that it is unproven.`
      : `Look at ${look}. Then retry, which reads first and acts only where it is not done; or skip with a reason, and the end says that it was skipped.`,
  );
}
