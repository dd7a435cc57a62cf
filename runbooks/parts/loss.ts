/** Expected data loss, from canaries: the fault's time less the oldest acknowledged write that is absent. */
import { formatDuration } from '../../kernel/duration.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { Bound } from '../../kernel/plan/plan.ts';
import { FaultReading, LossReading, lossOf, readingsOf } from '../../kernel/run/measures.ts';
import type { MissingReading, OutageReading } from '../steps/canaries.ts';

/** Bounds move in whole minutes, so that a loss that creeps does not make a new plan each time it is read. */
const BOUND_STEP_MS = 60_000;

export interface Loss {
  readonly facts: readonly { label: string; value: string }[];
  readonly warnings: readonly string[];
  readonly measures: { readonly [measure: string]: number | null };
  readonly bounds: readonly Bound[];
}

export interface LossContext {
  /** Whether everything moves at once; a region that still answers is compared all the same. */
  readonly dead: boolean;
  /** The runbook's objective. */
  readonly rpoMs: number;
  readonly now: number;
}

/**
 * What users will not find where they are sent. Null is "not measured" (I11). Of a region that answers the canaries it is
 * counted from now: what was acknowledged there and has not arrived.
 */
export function expectedLoss(
  outages: readonly Evidence<OutageReading>[],
  missing: readonly Evidence<MissingReading>[],
  { dead, rpoMs, now }: LossContext,
): Loss {
  const lossMs = measured(outages, missing, now);
  const told = missing.flatMap((one) => (one.ok ? [one.value] : []));
  const absent = told.reduce((sum, one) => sum + one.missing, 0);
  const checked = told.reduce((sum, one) => sum + one.checked, 0);
  const atLeast = told.some((one) => one.atLeast) ? 'at least ' : '';
  const over = lossMs !== null && lossMs > rpoMs;
  return {
    facts: [{ label: 'Expected data loss', value: lossText(lossMs, { dead, atLeast, absent, checked }) }],
    warnings: [
      ...(over ? [`The expected loss is over the objective of ${formatDuration(rpoMs)}.`] : []),
      ...(atLeast
        ? ['Of some canary nothing that was looked for is there: the loss is at least what is said, and may be more.']
        : []),
      ...(lossMs === null ? [`The data loss could not be measured: ${unmeasured(missing)}.`] : []),
    ],
    measures: { loss: lossMs },
    bounds: [{ measure: 'loss', atMost: boundOf(lossMs, { dead, rpoMs }), unit: 'ms' }],
  };
}

function measured(
  outages: readonly Evidence<OutageReading>[],
  missing: readonly Evidence<MissingReading>[],
  now: number,
): number | null {
  const witnesses = readingsOf(outages, FaultReading);
  const losses = readingsOf(missing, LossReading);
  const answers = witnesses.length > 0 && witnesses.every((one) => one !== null && !isOpen(one));
  // A region that answers every witness has no fault to count from.
  const faults = answers ? witnesses.map(() => ({ firstFailureAt: now, answeredAgainAt: null })) : witnesses;
  // Only a fault that lasts is the one that this plan is about: no outage has ended after the end of time.
  return lossOf(faults, losses, Number.POSITIVE_INFINITY);
}

function isOpen({ firstFailureAt, answeredAgainAt }: FaultReading): boolean {
  return firstFailureAt !== null && answeredAgainAt === null;
}

function lossText(
  lossMs: number | null,
  { dead, atLeast, absent, checked }: { dead: boolean; atLeast: string; absent: number; checked: number },
): string {
  if (lossMs === null) return 'not measured';
  if (absent === 0 && !dead) return `none: all of ${checked} canaries that the region acknowledged have arrived`;
  const later = dead ? 'they come back with the region, or never' : 'they have not arrived yet';
  return `${atLeast}${formatDuration(lossMs)} (${absent} of ${checked} canaries absent; ${later})`;
}

function unmeasured(missing: readonly Evidence<MissingReading>[]): string {
  return missing.some((one) => !one.ok)
    ? 'what has arrived could not be compared'
    : 'the canary outside did not answer or saw no fault';
}

/** While a region answers, what has not arrived ages by itself: its bound moves only when it has doubled. */
function boundOf(lossMs: number | null, { dead, rpoMs }: { dead: boolean; rpoMs: number }): number {
  if (lossMs === null || lossMs <= rpoMs) return rpoMs;
  const steps = Math.ceil(lossMs / BOUND_STEP_MS);
  return BOUND_STEP_MS * (dead ? steps : 2 ** Math.ceil(Math.log2(steps)));
}
