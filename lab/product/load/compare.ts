/**
 * Owns the comparison of the whole ledger with one datacentre, row by row.
 *
 * What must never happen: a row that is merely on its way counts as absent for good: rows found absent are asked for
 * again for a short while. What remains absent is stranded (the other region down) or lost (after the repair).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Comparison } from './api.ts';
import type { Datacentre } from './datacentre.ts';
import type { LedgerEntry } from './ledger.ts';
import { forEachOf } from './pool.ts';

const CONCURRENCY = 64;
export const IDS_LIMIT = 100;
/** Replication between live datacentres takes milliseconds; a busy machine takes longer. */
const SETTLE_ROUNDS = 3;
export const SETTLE_DEFAULT_MS = 500;

export interface FullComparison extends Comparison {
  /** All of them, for a union over datacentres. */
  readonly missing: ReadonlySet<string>;
}

/** Compares a copy of `ledger` taken now. Throws `datacentre-unreachable`. */
export async function compareLedger(
  region: string,
  datacentre: Pick<Datacentre, 'presence'>,
  ledger: readonly LedgerEntry[],
  settleMs = SETTLE_DEFAULT_MS,
): Promise<FullComparison> {
  const startedMs = performance.now();
  const entries = ledger.slice();
  let { absent, mismatched } = await askAll(datacentre, entries);
  for (let round = 0; round < SETTLE_ROUNDS && absent.length > 0; round += 1) {
    await sleep(settleMs);
    const again = await askAll(datacentre, absent);
    absent = again.absent;
    mismatched = [...mismatched, ...again.mismatched];
  }
  return {
    region,
    acked: entries.length,
    absent: absent.length,
    ids: idsOf(absent),
    absentBy: countBy(absent.map((entry) => entry.region)),
    mismatched: mismatched.length,
    mismatchedIds: idsOf(mismatched),
    at: new Date().toISOString(),
    tookMs: Math.round(performance.now() - startedMs),
    missing: new Set([...absent, ...mismatched].map((entry) => entry.id)),
  };
}

async function askAll(datacentre: Pick<Datacentre, 'presence'>, entries: readonly LedgerEntry[]) {
  const absent: LedgerEntry[] = [];
  const mismatched: LedgerEntry[] = [];
  await forEachOf(entries, CONCURRENCY, async (entry) => {
    const found = await datacentre.presence(entry);
    if (found === 'absent') absent.push(entry);
    if (found === 'mismatched') mismatched.push(entry);
  });
  return { absent, mismatched };
}

function idsOf(entries: readonly LedgerEntry[]): string[] {
  return entries.slice(0, IDS_LIMIT).map((entry) => entry.id);
}

/** How often each key occurs. */
export function countBy(keys: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
