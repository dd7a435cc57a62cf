/**
 * The ways in which a call is disturbed. Each fires once at one boundary and says whether it fired, so that a cell
 * cannot pass because nothing happened.
 *
 * Must never happen with any of them: an effect without a permit (I2), an effect of a call that a newer one has passed
 * (I3), another estate at the end than undisturbed (I9).
 */
import { Context as ActivityContext, CompleteAsyncError } from '@temporalio/activity';
import type { Fault } from '../../activities/define-activities.ts';
import type { Context } from '../../activities/step-implementation.ts';
import { STALE_ESTATE } from '../../kernel/authority/ruling.ts';
import { LifeboatError, passing } from '../../kernel/errors.ts';
import type { Around } from '../workflows/harness/stage.ts';
import { type Boundary, isAt, isOfPlan, ordinalOf, placeOf } from './boundaries.ts';

export const CHANGE_FAULTS = [
  'fails-before',
  'fails-before-until-asked',
  'fails-after',
  'effect-twice',
  'delivered-twice',
  'delivered-twice-at-once',
  'call-lost',
  'answer-lost',
  'zombie-before-lock',
  'zombie-in-lock',
  'zombie-at-the-end',
] as const;
export const READ_FAULTS = ['fails-before', 'delivered-twice', 'answer-lost'] as const;
export const HOLD_FAULTS = ['fails-before', 'delivered-twice'] as const;
export const CONTROL_FAULTS = [
  'fails-before',
  'fails-after',
  'delivered-twice',
  'answer-lost',
  'stale-worker',
] as const;
/** A control worker with a stale estate file gets the task first, and stands aside. */
export const PROBE_FAULTS = [...READ_FAULTS, 'stale-worker'] as const;
/** What people approved must outlive these: one reading between the approval and the first act, or before it, that differs. */
export const FLAPS = ['flap'] as const;
export type FaultKind = (typeof CHANGE_FAULTS)[number] | (typeof PROBE_FAULTS)[number] | (typeof FLAPS)[number];

export interface Disturbance {
  readonly boundary: Boundary;
  readonly kind: FaultKind;
}

export interface Injection {
  readonly around: Around;
  readonly fault: Fault;
  fired(): boolean;
  /** Lets every zombie go on, and resolves when all of them have ended. */
  drain(): Promise<void>;
  /** Sentences about zombies that did what they must not. */
  readonly broken: readonly string[];
}

/** Retries of a step are this many; a fault `until-asked` outlasts them. */
const TRIES = 3;

function disturbed(where: string): LifeboatError {
  return passing('disturbed', 'Disturbed by the crash matrix.', where, 'Nothing; a test did it.');
}

/**
 * @param silenced task tokens whose heartbeats are withheld, as of a worker that is gone
 * @param counts whether the run is where calls count; those before are let through
 */
export function inject({ kind, boundary }: Disturbance, silenced: Set<string>, counts: () => boolean): Injection {
  let seen = 0;
  let begun = false;
  let fired = false;
  const broken: string[] = [];
  const waiting: (() => void)[] = [];
  const living: Promise<unknown>[] = [];
  const tokens = new Map<string, number>();
  const passedBy: (() => void)[] = [];

  const token = (): string => ActivityContext.current().info.base64TaskToken;
  /** The ordinal of the call whose context this is, or 0 when it is not one of this boundary. */
  const ordinal = (): number => tokens.get(token()) ?? 0;
  const vanish = (): Promise<void> => {
    silenced.add(token());
    fired = true;
    return new Promise((resolve) => waiting.push(resolve));
  };

  const around: Around = async (call, next) => {
    const { input } = call;
    if (!counts()) return next(input);
    begun ||= isOfPlan(call);
    if (!isAt(boundary, call, begun)) return next(input);
    seen += 1;
    const mine = seen - ordinalOf(boundary) + 1;
    if (mine < 1) return next(input);
    tokens.set(token(), mine);
    const where = placeOf(boundary);
    const once = mine === 1;
    switch (kind) {
      case 'fails-before':
      case 'fails-before-until-asked':
        if (mine > (kind === 'fails-before' ? 1 : TRIES)) break;
        fired = true;
        throw disturbed(where);
      case 'flap':
        if (!once) break;
        fired = true;
        throw disturbed(where);
      case 'stale-worker':
        if (!once) break;
        fired = true;
        throw passing(STALE_ESTATE, 'Its estate file does not rule.', where, 'Nothing; a test did it.');
      case 'fails-after':
        if (boundary.at === 'step' || !once) break;
        fired = true;
        await next(input);
        throw disturbed(where);
      case 'delivered-twice':
        if (!once) break;
        fired = true;
        await next(input);
        return next(input);
      case 'delivered-twice-at-once': {
        if (!once) break;
        fired = true;
        const [first] = await Promise.all([next(input), next(input)]);
        return first;
      }
      case 'call-lost':
        if (!once) break;
        fired = true;
        throw new CompleteAsyncError();
      case 'answer-lost':
        if (!once) break;
        fired = true;
        await next(input);
        throw new CompleteAsyncError();
      case 'zombie-before-lock':
      case 'zombie-at-the-end':
      case 'zombie-in-lock': {
        if (!once) {
          try {
            return await next(input);
          } finally {
            if (kind === 'zombie-before-lock') for (const go of waiting.splice(0)) go();
          }
        }
        const zombie = next(input).then(
          () => 'acted',
          (error: unknown) => (LifeboatError.is(error) ? error.type : String(error)),
        );
        living.push(zombie);
        const outcome = await zombie;
        const wanted = kind === 'zombie-in-lock' ? 'acted' : 'fenced-off';
        if (outcome !== wanted) broken.push(`the zombie ended as ${outcome}, not as ${wanted}`);
        throw new CompleteAsyncError();
      }
    }
    return next(input);
  };

  const fault: Fault = {
    async beforeLock() {
      const mine = ordinal();
      if (mine === 1 && (kind === 'zombie-before-lock' || kind === 'zombie-at-the-end')) await vanish();
      if (mine > 1) for (const go of passedBy.splice(0)) go();
    },
    async act({ stepId }: Context, effect) {
      const mine = ordinal();
      if (mine === 0) return effect();
      if (mine === 1 && kind === 'zombie-in-lock') {
        silenced.add(token());
        fired = true;
        // Until the next try stands behind it at the lock; its effect lands before that one reads.
        await new Promise<void>((resolve) => passedBy.push(resolve));
        return effect();
      }
      if (kind === 'effect-twice' && mine === 1) {
        fired = true;
        await effect();
        return effect();
      }
      if (kind === 'fails-after' && mine === 1) {
        fired = true;
        await effect();
        throw disturbed(stepId);
      }
      return effect();
    },
  };

  return {
    around,
    fault,
    fired: () => fired,
    async drain() {
      for (const go of [...waiting.splice(0), ...passedBy.splice(0)]) go();
      await Promise.all(living);
    },
    broken,
  };
}

/** Where several boundaries are disturbed in one run: each call meets those that are meant for it. */
export function together(all: readonly Injection[]): Fault {
  return {
    async beforeLock(context) {
      for (const { fault } of all) await fault.beforeLock?.(context);
    },
    act: (context, effect) =>
      all.reduceRight<() => Promise<void>>(
        (next, { fault }) =>
          () =>
            fault.act(context, next),
        effect,
      )(),
  };
}
