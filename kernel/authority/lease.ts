/**
 * Who holds what: the lease of an estate as a pure reducer. Acquire never waits: it grants all, or names a holder (I3).
 *
 * `epoch = max(last + 1, now)`: a fresh Temporal, with everything lost, still grants epochs above those that the agents'
 * marks have seen.
 *
 * A holder that will never end is taken over by a signed act. Must never happen: such a run grabs its scopes back. So it is
 * remembered by its id, gets none again, and the next grant's epoch fences off whatever it still has in flight.
 */
import type { Refusal } from '../decision/decision.ts';
import { NOBODY_RULES, type RulingState } from './ruling.ts';

export interface Grant {
  readonly run: string;
  readonly requester: string;
  readonly epoch: number;
  readonly at: number;
}

export type AcquireAnswer =
  | { readonly granted: true; readonly epochs: { readonly [scope: string]: number } }
  | { readonly granted: false; readonly scope: string; readonly holder: Grant }
  | { readonly granted: false; readonly taken: TakenOver }
  | { readonly granted: false; readonly frozen: { readonly by: string; readonly reason: string } };

export interface AcquireRequest {
  readonly run: string;
  readonly requester: string;
  readonly scopes: readonly string[];
}

export interface Freeze {
  readonly what: 'runs' | 'expiry';
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

/** That the scopes of a run were taken from it by a signed act; it gets none again. */
export interface TakenOver {
  /** Whose scopes they were. */
  readonly run: string;
  readonly by: string;
  readonly at: number;
  readonly reason: string;
  readonly scopes: readonly string[];
}

/** What the lease tells: who holds what, and which estate file rules. */
export interface LeaseView extends RulingState {
  readonly holders: { readonly [scope: string]: Grant };
  readonly last: { readonly [scope: string]: number };
  readonly freezes: readonly Freeze[];
  /** Oldest first. */
  readonly taken: readonly TakenOver[];
}

/** All of it, as it is carried over continue-as-new. */
export interface LeaseState extends LeaseView {
  /** Ids of the decisions that were carried out, so that none is replayed while it has not expired. */
  readonly decided: readonly string[];
}

/** Of an estate that never had a run. */
export const EMPTY_LEASE: LeaseState = { holders: {}, last: {}, freezes: [], taken: [], decided: [], ...NOBODY_RULES };

const MAX_DECIDED = 500;
/** More than an estate ever sees; a run that is older than so many take-overs is gone for good. */
const MAX_TAKEN = 200;

/** All scopes or none; asked again by the run that holds them (its activity was retried), the same epochs. */
export function acquire(
  state: LeaseState,
  { run, requester, scopes }: AcquireRequest,
  now: number,
): { readonly state: LeaseState; readonly answer: AcquireAnswer } {
  const refused = refuseAcquire(state, run, scopes);
  if (refused) return { state, answer: refused };
  const grants = scopes.map((scope): [string, Grant] => [
    scope,
    state.holders[scope] ?? { run, requester, epoch: Math.max((state.last[scope] ?? 0) + 1, now), at: now },
  ]);
  const epochs = Object.fromEntries(grants.map(([scope, { epoch }]) => [scope, epoch]));
  return {
    state: {
      ...state,
      holders: { ...state.holders, ...Object.fromEntries(grants) },
      last: { ...state.last, ...epochs },
    },
    answer: { granted: true, epochs },
  };
}

function refuseAcquire(state: LeaseState, run: string, scopes: readonly string[]): AcquireAnswer | undefined {
  const taken = state.taken.findLast((one) => one.run === run);
  if (taken) return { granted: false, taken };
  const frozen = state.freezes.find(({ what }) => what === 'runs');
  if (frozen) return { granted: false, frozen: { by: frozen.by, reason: frozen.reason } };
  for (const scope of scopes) {
    const holder = state.holders[scope];
    if (holder && holder.run !== run) return { granted: false, scope, holder };
  }
  return undefined;
}

/** Frees scopes of a run, every one where none is named; nothing happens to what it does not hold. */
export function release(state: LeaseState, run: string, scopes?: readonly string[]): LeaseState {
  const goes = (scope: string, holder: Grant): boolean =>
    holder.run === run && (scopes === undefined || scopes.includes(scope));
  return {
    ...state,
    holders: Object.fromEntries(Object.entries(state.holders).filter(([scope, holder]) => !goes(scope, holder))),
  };
}

/** Begins a freeze, or ends one; of each kind there is at most one. */
export function freeze(state: LeaseState, wanted: Freeze, on: boolean): LeaseState {
  const others = state.freezes.filter(({ what }) => what !== wanted.what);
  return { ...state, freezes: on ? [...others, wanted] : others };
}

export function scopesHeldBy({ holders }: Pick<LeaseView, 'holders'>, run: string): string[] {
  return Object.entries(holders).flatMap(([scope, holder]) => (holder.run === run ? [scope] : []));
}

/** Why nothing can be taken from a run, or undefined when it holds something. */
export function refuseTakeOver(state: Pick<LeaseView, 'holders'>, run: string): Refusal | undefined {
  return scopesHeldBy(state, run).length > 0
    ? undefined
    : { rule: 'not-held', say: `${run} holds no scope that could be taken.` };
}

/** Frees the scopes of a run for good. Asked only where {@link refuseTakeOver} refuses nothing. */
export function takeOver(
  state: LeaseState,
  { run, by, reason }: Pick<TakenOver, 'run' | 'by' | 'reason'>,
  now: number,
): { readonly state: LeaseState; readonly taken: TakenOver } {
  const taken: TakenOver = { run, by, at: now, reason, scopes: scopesHeldBy(state, run) };
  return { state: { ...release(state, run), taken: [...state.taken, taken].slice(-MAX_TAKEN) }, taken };
}

/** Why a decision is not carried out a second time, or undefined when it is new. */
export function refuseRepeated({ decided }: Pick<LeaseState, 'decided'>, decisionId: string): Refusal | undefined {
  return decided.includes(decisionId) ? { rule: 'duplicate', say: 'It was already recorded.' } : undefined;
}

/** Remembers that a decision was carried out. */
export function remember(state: LeaseState, decisionId: string): LeaseState {
  return { ...state, decided: [...state.decided, decisionId].slice(-MAX_DECIDED) };
}
