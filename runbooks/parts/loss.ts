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

/** Null is "not measured" (I11); a region that still answers loses nothing by being drained. `rpoMs`: the runbook's objective. */
export function expectedLoss(
  outages: readonly Evidence<OutageReading>[],
  missing: readonly Evidence<MissingReading>[],
  { dead, rpoMs }: { dead: boolean; rpoMs: number },
): Loss {
  if (!dead)
    return {
      facts: [{ label: 'Expected data loss', value: 'none: the region still answers' }],
      warnings: [],
      measures: { loss: 0 },
      bounds: [],
    };
  // Only a fault that lasts is the one that this plan is about: no outage has ended after the end of time.
  const lossMs = lossOf(readingsOf(outages, FaultReading), readingsOf(missing, LossReading), Number.POSITIVE_INFINITY);
  const absent = missing.reduce((sum, one) => sum + (one.ok ? one.value.missing : 0), 0);
  const checked = missing.reduce((sum, one) => sum + (one.ok ? one.value.checked : 0), 0);
  const value =
    lossMs === null
      ? 'not measured'
      : `${formatDuration(lossMs)} (${absent} of ${checked} canaries absent; they come back with the region, or never)`;
  const over = lossMs !== null && lossMs > rpoMs;
  return {
    facts: [{ label: 'Expected data loss', value }],
    warnings: [
      ...(over ? [`The expected loss is over the objective of ${formatDuration(rpoMs)}.`] : []),
      ...(lossMs === null
        ? ['The data loss could not be measured: the canary outside did not answer or saw no fault.']
        : []),
    ],
    measures: { loss: lossMs },
    bounds: [{ measure: 'loss', atMost: over ? Math.ceil(lossMs / BOUND_STEP_MS) * BOUND_STEP_MS : rpoMs, unit: 'ms' }],
  };
}
