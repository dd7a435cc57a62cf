/**
 * Owns writing straight to one region's service, past the load balancer: with the region cut off, that strands writes.
 */
import type { Agent } from 'node:http';
import type { WriteInResult } from './api.ts';
import { IDS_LIMIT } from './compare.ts';
import type { Counters } from './counters.ts';
import type { Ledger } from './ledger.ts';
import { forEachOf } from './pool.ts';
import { writeOne } from './work.ts';

/** Few at a time: the region's capacity is real, and what it refuses is not stranded. */
const CONCURRENCY = 4;

/** Writes `count` items, each once. What was acknowledged is in the ledger when this resolves. */
export async function writeIn(
  parts: { agent: Agent; ledger: Ledger; counters: Counters; url: string },
  region: string,
  count: number,
): Promise<WriteInResult> {
  const ids: string[] = [];
  const kinds: Record<string, number> = {};
  let failed = 0;
  await forEachOf(Array.from({ length: count }), CONCURRENCY, async () => {
    const outcome = await writeOne(parts.agent, parts.url, parts.ledger);
    if (outcome.is === 'acked') return void ids.push(outcome.id);
    failed += 1;
    parts.counters.bookIndeterminate();
    const kind = outcome.is === 'failed' ? outcome.kind : outcome.is;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  });
  return { region, wanted: count, acked: ids.length, failed, ids: ids.slice(0, IDS_LIMIT), kinds };
}
