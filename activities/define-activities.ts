/**
 * The one wrapper around every step, in production and on the memory estate: check the permit and the fence, read; act
 * unless it is proven already; read again. Nothing changes without passing here (I2, I3, I9).
 */

import type { Estate } from '../estate/schema.ts';
import { nativeVerify } from '../host/native-ed25519.ts';
import type { Fence } from '../kernel/authority/fence.ts';
import { checkPermit } from '../kernel/authority/permit.ts';
import { type LifeboatError, passing, refusal } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { Dispatch, type StepAnswer } from '../kernel/run/dispatch.ts';
import type { AnyContract } from '../runbooks/steps/contract.ts';
import type { Marks } from './fencing/marks.ts';
import { createMutex, type Mutex } from './fencing/mutex.ts';

/** What a step's implementation knows of the call that it serves. */
export interface Context {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly runStartedAt: number;
  readonly stepId: string;
  readonly direction: 'do' | 'undo';
  readonly fence: Fence | null;
  /** Aborted when the run gives the step up or the worker shuts down; pass it to sockets and child processes. */
  readonly signal: AbortSignal;
  /** `fraction` from 0 to 1, or null where it is not known; `say` is shown to people. */
  progress(fraction: number | null, say: string): void;
  now(): number;
}

export interface StepImplementation<A, R> {
  read(args: A, context: Context): Promise<R>;
  act?(args: A, context: Context): Promise<void>;
  /** True when the reading shows the step's effect; else what is missing. A read that has it is a proof. */
  proven?(result: R, args: A): true | string;
}

// biome-ignore lint/suspicious/noExplicitAny: implementations of different steps stand side by side in one record.
export type AnyImplementation = StepImplementation<any, any>;
export type Implementations = { readonly [step: string]: AnyImplementation };

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

/**
 * Activities by step name, for the contracts that have an implementation here.
 * @throws LifeboatError `unknown-step` when an implementation has no contract.
 */
export function defineActivities(
  contracts: readonly AnyContract[],
  implementations: Implementations,
  options: DefineOptions,
): Activities {
  const mutex = options.mutex ?? createMutex();
  return Object.fromEntries(
    Object.entries(implementations).map(([name, implementation]) => {
      const contract = contracts.find((one) => one.name === name);
      if (!contract)
        throw refusal('unknown-step', `There is no contract for ${name}.`, name, 'Add it to runbooks/steps/.');
      return [name, (input: unknown) => serve(contract, implementation, input, { ...options, mutex })];
    }),
  );
}

async function serve(
  contract: AnyContract,
  implementation: AnyImplementation,
  input: unknown,
  options: DefineOptions & { readonly mutex: Mutex },
): Promise<StepAnswer> {
  const dispatch = parse(contract, input, options.authority);
  const args: unknown = dispatch.args;
  const attempt = options.attempt();
  const fence: Fence | null = dispatch.fence && { ...dispatch.fence, try: attempt.attempt };
  let said: Json = null;
  const context: Context = {
    run: dispatch.run,
    runStartedAt: dispatch.runStartedAt,
    stepId: dispatch.stepId,
    direction: dispatch.direction,
    fence,
    signal: attempt.signal,
    now: options.clock,
    progress(fraction, say) {
      said = { fraction, say };
      attempt.heartbeat(said);
    },
  };
  const beat = setInterval(() => attempt.heartbeat(said), HEARTBEAT_EVERY_MS);
  try {
    if (contract.effect === 'read') return await readOnly(contract, implementation, args, context);
    if (fence === null)
      throw refusal('no-fence', `${contract.name} came without a fence.`, contract.name, 'Start a run.');
    refuseOtherQueue(contract, args, attempt, options.authority);
    authorize(contract, dispatch, fence, options);
    await options.fault?.beforeLock?.(context);
    return await options.mutex.run(fence.scope, () => change(contract, implementation, args, context, fence, options));
  } finally {
    clearInterval(beat);
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

async function readOnly(
  contract: AnyContract,
  implementation: AnyImplementation,
  args: unknown,
  context: Context,
): Promise<StepAnswer> {
  const result = await implementation.read(args, context);
  const proven = implementation.proven?.(result, args) ?? true;
  if (proven !== true) throw notProven(contract, proven);
  return { result: contract.result.parse(result), acted: false };
}

async function change(
  contract: AnyContract,
  implementation: AnyImplementation,
  args: unknown,
  context: Context,
  fence: Fence,
  options: DefineOptions,
): Promise<StepAnswer> {
  // Raised even when nothing is left to do: from here on, whatever is older than this call changes nothing.
  await options.marks.raise(fence);
  const before = await implementation.read(args, context);
  if (proves(implementation, before, args) === true) return { result: contract.result.parse(before), acted: false };
  const { act } = implementation;
  if (!act) throw refusal('no-effect', `${contract.name} has no effect to give.`, contract.name, 'Report this defect.');
  const effect = async (): Promise<void> => act.call(implementation, args, context);
  await (options.fault ? options.fault.act(context, effect) : effect());
  const after = await implementation.read(args, context);
  const proven = proves(implementation, after, args);
  if (proven !== true) throw notProven(contract, proven);
  return { result: contract.result.parse(after), acted: true };
}

function proves(implementation: AnyImplementation, result: unknown, args: unknown): true | string {
  if (!implementation.proven) return 'the step does not say how its effect is seen';
  return implementation.proven(result, args);
}

function notProven(contract: AnyContract, why: string): LifeboatError {
  return passing(
    'not-proven',
    `${contract.name} was not proven: ${why}.`,
    contract.name,
    'Look at the system itself before you try again or skip.',
  );
}
