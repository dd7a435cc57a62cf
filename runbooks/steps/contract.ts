/**
 * The contract of a step: what it is called, what it takes and gives, what it may break, and how it is taken back.
 * Planners write drafts of calls against contracts; `activities/` and the memory estate implement them.
 */
import type { z } from 'zod';
import type { Scene } from '../../estate/scene.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Effect, Limits } from '../../kernel/plan/plan.ts';
import type { Scope } from '../../kernel/plan/scope.ts';

export interface StepContract<A, R> {
  /** Also the activity's name: `traffic.set`. */
  readonly name: string;
  readonly effect: Effect;
  readonly args: z.ZodType<A>;
  readonly result: z.ZodType<R>;
  /** Absent only for `read`. */
  readonly scope?: (args: A, estate: Estate) => Scope;
  readonly queue: (args: A, estate: Estate) => string;
  /** Follow from the arguments where these say how long it takes. */
  readonly limits: Limits | ((args: A) => Limits);
  /** Absent only for `read`. */
  readonly undo?: (args: A) => AnyDraft | { readonly irreversible: string };
  /** The sentence that people read. */
  readonly say: (args: A) => string;
  /** Where a person looks who wants to see it for himself, as what follows "Look at": told where it was not proven. */
  readonly look?: (args: A) => string;
  /** What it would read in an example's scene; null is no answer. What runbooks probe with has one. */
  readonly example?: (args: A, estate: Estate, scene: Scene) => R | null;
}

export interface Draft<A, R> {
  readonly contract: StepContract<A, R>;
  readonly args: A;
}

// Drafts of different steps stand side by side in a plan; only their contract knows its own types.
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list needs the existential type that TypeScript lacks.
export type AnyDraft = Draft<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnyContract = StepContract<any, any>;

/** A contract that is called with its arguments to draft a call: `traffic.set({…})`. */
export type Step<A, R> = ((args: A) => Draft<A, R>) & { readonly contract: StepContract<A, R> };

/** Turns a contract into the function that planners call. */
export function step<A, R>(contract: StepContract<A, R>): Step<A, R> {
  return Object.assign((args: A): Draft<A, R> => ({ contract, args }), { contract });
}

/** The contracts of all steps that a module exports; what else it exports is left alone. */
export function contractsIn(module: object): AnyContract[] {
  return Object.values(module).flatMap((one) => (isStep(one) ? [one.contract] : []));
}

function isStep(value: unknown): value is { readonly contract: AnyContract } {
  return typeof value === 'function' && 'contract' in value;
}

/** The limits of a call with these arguments. */
export function limitsOf<A>({ limits }: Pick<StepContract<A, unknown>, 'limits'>, args: A): Limits {
  return typeof limits === 'function' ? limits(args) : limits;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;

/** A probe answers at once or not at all: a dead region must not hold up a plan. */
export const READ: Limits = { startToClose: 3 * SECOND_MS, heartbeat: 2 * SECOND_MS, tries: 1 };
/** A short change heartbeats within 2 s, so that a killed worker is noticed as fast. */
export const SHORT: Limits = { startToClose: 15 * SECOND_MS, heartbeat: 2 * SECOND_MS, tries: 3 };
/** A long one shows progress by heartbeat and may take hours. */
export const LONG: Limits = { startToClose: 12 * HOUR_MS, heartbeat: 10 * SECOND_MS, tries: 3 };
/** A proof may have to wait for what it proves, a little. */
export const PROOF: Limits = { startToClose: 2 * MINUTE_MS, heartbeat: 2 * SECOND_MS, tries: 3 };
