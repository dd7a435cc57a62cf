/**
 * What a system gives to the wrapper around every step (`define-activities.ts`): how the thing is read, how it is
 * changed, and how the change is seen. Nothing here checks permits, fences or marks, and nothing goes around the wrapper
 * (I2, I3).
 */
import type { Estate } from '../estate/schema.ts';
import type { Secrets } from '../host/secrets.ts';
import type { Fence } from '../kernel/authority/fence.ts';
import type { Json } from '../kernel/json.ts';
import type { AnyContract, Step } from '../runbooks/steps/contract.ts';
import type { HealthReading } from '../runbooks/steps/health.ts';

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
  /** What the last try of this call, which was cut short, gave as `resume`; null at the first, or when it gave none. */
  readonly resumed: Json;
  /**
   * @param fraction from 0 to 1, or null where it is not known
   * @param say is shown to people
   * @param resume where another try may go on; it is stored in clear text, so it must hold no secret (I8)
   */
  progress(fraction: number | null, say: string, resume?: Json): void;
  now(): number;
}

/** `A`: the contract's arguments. `S`: all that was seen. `R`: the contract's result. */
export interface StepImplementation<A, S, R> {
  /** Reads the thing itself, never a cache of ours, and whatever else the proof needs. */
  read(args: A, context: Context): Promise<S>;
  /** Makes the effect. Must be safe to run twice, to be cut short anywhere, and to take effect late (I9). */
  act?(args: A, context: Context): Promise<void>;
  /** True when what was seen shows the step's effect; else what is missing. A read that has it is a proof. */
  proven?(seen: S, args: A): true | string;
  /** What the contract lets out of what was seen; {@link asSeen} where that is all. */
  result(seen: S): R;
}

/** An implementation with its types closed over, and the contract that they are checked against. */
// biome-ignore lint/suspicious/noExplicitAny: implementations of different steps stand side by side in one record.
export interface Implementation extends StepImplementation<any, any, any> {
  readonly contract: AnyContract;
}

/** By the step's name. */
export type Implementations = { readonly [step: string]: Implementation };

/**
 * Binds an implementation to its contract, whose name it is found by. What it takes and gives is checked by the compiler.
 *
 *     return {
 *       ...implement(brokers.queues, { read, result: asSeen }),
 *       ...implement(brokers.pause, { read, act, proven: ({ paused }) => paused || 'it still takes messages', result }),
 *     };
 */
export function implement<A, S, R>(
  { contract }: Step<A, R>,
  implementation: StepImplementation<NoInfer<A>, S, NoInfer<R>>,
): Implementations {
  return { [contract.name]: { ...implementation, contract } };
}

/** The `result` of a step that lets out all that it saw. */
export function asSeen<R>(seen: R): R {
  return seen;
}

/** The `proven` of a step that is itself a proof. */
export function provenHealthy({ healthy, why }: HealthReading): true | string {
  return healthy || why;
}

/** What every process can give to a system. */
export interface SystemDependencies {
  /** This process's own copy. */
  readonly estate: Estate;
  /** The absolute folder of the estate file; its relative paths are below it. */
  readonly folder: string;
  readonly secrets: Secrets;
}

/** Makes the steps of a system; `More` is what only some roles have, such as a client of Temporal. */
export type System<More extends object = object> = (dependencies: SystemDependencies & More) => Implementations;
