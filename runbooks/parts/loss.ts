/** Expected data loss, from canaries: the fault's time less the oldest acknowledged write that is absent. */
import type { Estate } from '../../estate/schema.ts';
import { formatDuration } from '../../kernel/duration.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { Bound } from '../../kernel/plan/plan.ts';
import type { MissingReading, OutageReading } from '../steps/canaries.ts';

/** Bounds move in whole minutes, so that a loss that creeps does not make a new plan each time it is read. */
const BOUND_STEP_MS = 60_000;

export interface Loss {
  readonly facts: readonly { label: string; value: string }[];
  readonly warnings: readonly string[];
  readonly measures: { readonly [measure: string]: number | null };
  readonly bounds: readonly Bound[];
}

/** Null is "not measured" (I11); a region that still answers loses nothing by being drained. */
export function lossOf(
  estate: Estate,
  outages: readonly Evidence<OutageReading>[],
  missing: readonly Evidence<MissingReading>[],
  { dead }: { dead: boolean },
): Loss {
  if (!dead)
    return {
      facts: [{ label: 'Expected data loss', value: 'none: the region still answers' }],
      warnings: [],
      measures: { loss: 0 },
      bounds: [],
    };
  const lossMs = measure(outages, missing);
  const rpoMs = estate.objectives['failover']?.rpo ?? 0;
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

function measure(
  outages: readonly Evidence<OutageReading>[],
  missing: readonly Evidence<MissingReading>[],
): number | null {
  // An outage that is over is not the fault that this plan is about.
  const faults = outages.map((one) => (one.ok && one.value.answeredAgainAt === null ? one.value.firstFailureAt : null));
  const oldest = missing.map((one) => (one.ok ? one.value : null));
  if (faults.length === 0 || faults.includes(null) || oldest.length === 0 || oldest.includes(null)) return null;
  const fault = Math.min(...faults.filter((at) => at !== null));
  const absent = oldest.flatMap((one) => (one?.oldestMissingAt == null ? [] : [one.oldestMissingAt]));
  return absent.length === 0 ? 0 : Math.max(0, fault - Math.min(...absent));
}
