/**
 * Owns the proofs that the estate asks of the ledger: readable through the load balancer, stranded, lost.
 *
 * What must never happen: a proof passes because nothing was asked (an empty ledger, an empty datacentre, a datacentre
 * that cannot be reached), or the proof's own reads push the service over its capacity and fail real requests.
 */
import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LostProof, ReadableProof, StrandedProof } from './api.ts';
import { compareLedger, countBy, type FullComparison, IDS_LIMIT, SETTLE_DEFAULT_MS } from './compare.ts';
import type { Datacentre } from './datacentre.ts';
import type { LedgerEntry } from './ledger.ts';
import { readOne } from './work.ts';

export interface ReadableQuestion {
  /** The survivor, if the caller knows it; else the region that answers is looked into. */
  readonly region?: string;
  readonly before: string;
  /** How many at most: half the newest, half at random; undefined for all of them, whatever it takes. */
  readonly sample: number | undefined;
  /** Time for the reads; ignored when all are asked for. */
  readonly budgetMs: number;
  /** Reads per second that do no harm. */
  readonly pace: number;
}

export const SAMPLE_DEFAULT = 1_000;
/** A proof is part of a failover's time. What did not fit is reported as not checked. */
export const BUDGET_DEFAULT_MS = 3_000;
const TRIES = 3;

export interface ReadableParts {
  readonly agent: Agent;
  readonly target: string;
  readonly ledger: readonly LedgerEntry[];
  /** Time for a row on its way to arrive, before it is asked for again. */
  readonly settleMs?: number | undefined;
  /** Opens a region's datacentre. Throws `datacentre-unreachable`, or a refusal for an unknown region. */
  open(region: string): Promise<Datacentre>;
}

type Found = 'read-back' | 'absent' | 'unreadable';

/** Reads items from before the fault through the load balancer. Throws when a datacentre that must be asked cannot be. */
export async function proveReadable(parts: ReadableParts, question: ReadableQuestion): Promise<ReadableProof> {
  const startedMs = performance.now();
  const settleMs = parts.settleMs ?? SETTLE_DEFAULT_MS;
  const old = parts.ledger.filter((entry) => entry.at < question.before);
  const picked = pick(old, question.sample);
  const found = new Map<LedgerEntry, Found>();
  const answeredBy: string[] = [];
  const datacentres = new Map<string, Promise<Datacentre>>();
  const datacentreOf = (region: string) => {
    const open = datacentres.get(region) ?? parts.open(region);
    datacentres.set(region, open);
    return open;
  };

  async function ask(entry: LedgerEntry): Promise<void> {
    let seenAbsent = false;
    for (let tried = 0; tried < TRIES; tried += 1) {
      if (tried > 0) await sleep(settleMs * tried);
      const outcome = await readOne(parts.agent, parts.target, entry);
      if (outcome.is === 'read') {
        answeredBy.push(outcome.region);
        found.set(entry, 'read-back');
        return;
      }
      if (outcome.is !== 'not-found') continue;
      const datacentre = await datacentreOf(question.region ?? outcome.region);
      seenAbsent = (await datacentre.presence(entry)) === 'absent';
      if (seenAbsent) break;
    }
    found.set(entry, seenAbsent ? 'absent' : 'unreadable');
  }

  try {
    await paced(picked, question, ask);
  } finally {
    for (const open of datacentres.values()) await open.then((it) => it.close()).catch(() => undefined);
  }

  const of = (kind: Found) => [...found].filter(([, is]) => is === kind).map(([entry]) => entry.id);
  const [readBack, absent, unreadable] = [of('read-back'), of('absent'), of('unreadable')];
  return {
    ok: readBack.length > 0 && unreadable.length === 0,
    measured: true,
    why: whyOf(old.length, readBack.length, unreadable.length),
    before: question.before,
    acked: old.length,
    picked: picked.length,
    checked: found.size,
    readBack: readBack.length,
    absent: absent.length,
    unreadable: unreadable.length,
    ids: { absent: absent.slice(0, IDS_LIMIT), unreadable: unreadable.slice(0, IDS_LIMIT) },
    answeredBy: countBy(answeredBy),
    tookMs: Math.round(performance.now() - startedMs),
  };
}

function whyOf(acked: number, readBack: number, unreadable: number): string {
  if (acked === 0) return 'nothing was acknowledged before that moment, so nothing is proven';
  if (unreadable > 0) return `${unreadable} items did not read back, and are not known to be absent`;
  if (readBack === 0) return 'not one item read back';
  return 'every item that was asked for and is there read back';
}

/** Half the newest, half at random among the older ones, alternating, so that a cut-off sample has both. */
export function pick(entries: readonly LedgerEntry[], sample: number | undefined): LedgerEntry[] {
  if (sample === undefined || entries.length <= sample) return entries.toReversed();
  const half = Math.ceil(sample / 2);
  const newest = entries.slice(-half).reverse();
  const older = entries.slice(0, entries.length - half);
  const chosen: LedgerEntry[] = [];
  for (const entry of newest) {
    chosen.push(entry);
    // A random one of those not yet drawn: drawn ones are replaced by the last.
    const index = Math.floor(Math.random() * older.length);
    const drawn = older[index];
    const last = older.pop();
    if (drawn === undefined || last === undefined || chosen.length >= sample) continue;
    if (index < older.length) older[index] = last;
    chosen.push(drawn);
  }
  return chosen;
}

/** Starts `pace` asks per second until the time is over, then waits for those begun. Rejects with the first error. */
async function paced(
  entries: readonly LedgerEntry[],
  question: Pick<ReadableQuestion, 'pace' | 'sample' | 'budgetMs'>,
  ask: (entry: LedgerEntry) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  const limitMs = question.sample === undefined ? Number.POSITIVE_INFINITY : question.budgetMs;
  let failure: { error: unknown } | undefined;
  const running: Promise<void>[] = [];
  for (const [index, entry] of entries.entries()) {
    const dueMs = (index * 1000) / question.pace;
    if (dueMs >= limitMs || failure !== undefined) break;
    const waitMs = startedMs + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    running.push(
      ask(entry).catch((error: unknown) => {
        failure ??= { error };
      }),
    );
  }
  await Promise.all(running);
  if (failure !== undefined) throw failure.error;
}

/** The comparison with one survivor: what it lacks is stranded for as long as the other region is away. */
export function strandedProof(comparison: FullComparison): StrandedProof {
  const { missing: _, ...shown } = comparison;
  return { ok: true, measured: true, stranded: comparison.absent, ...shown };
}

/** Compares with every datacentre, one after another. Throws when one cannot be asked. */
export async function proveLost(
  regions: readonly string[],
  ledger: readonly LedgerEntry[],
  open: (region: string) => Promise<Datacentre>,
  settleMs?: number,
): Promise<LostProof> {
  // One copy for all, so that the datacentres are held against the same rows.
  const entries = ledger.slice();
  const comparisons: FullComparison[] = [];
  for (const region of regions) {
    const datacentre = await open(region);
    try {
      comparisons.push(await compareLedger(region, datacentre, entries, settleMs));
    } finally {
      await datacentre.close().catch(() => undefined);
    }
  }
  const lost = new Set(comparisons.flatMap((comparison) => [...comparison.missing]));
  return {
    ok: lost.size === 0,
    measured: true,
    lost: lost.size,
    acked: entries.length,
    ids: [...lost].slice(0, IDS_LIMIT),
    regions: comparisons.map(({ missing: _, ...shown }) => shown),
  };
}
