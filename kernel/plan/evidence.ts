/**
 * What a probe saw. A dead region answers nothing, so a planner always handles both forms; that a thing could not be
 * read is itself evidence (I11: what was not measured is reported as not measured).
 */
import { hashOf } from '../signing/hash.ts';

/**
 * `by` is the queue that answered, `from` the region where that process stands: control workers of several regions share a
 * queue, and a partition shows each another estate.
 */
export type Evidence<T> =
  | { readonly ok: true; readonly value: T; readonly at: number; readonly by: string; readonly from?: string }
  /** `reason`: a clause, without a full stop. */
  | { readonly ok: false; readonly reason: string; readonly at: number; readonly from?: string };

export type EvidenceMap = { readonly [probe: string]: Evidence<unknown> };

/** Names what an approver was shown: the values without their times, which change with every probe. */
export function evidenceHash(evidence: EvidenceMap): string {
  return hashOf(
    Object.fromEntries(
      Object.entries(evidence).map(([name, one]) => [name, one.ok ? { value: one.value } : { reason: one.reason }]),
    ),
  );
}
