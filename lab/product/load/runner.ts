/**
 * Owns the running load: open loop, so a slow service does not slow the clock that asks it.
 *
 * What must never happen: the load waits for answers and so hides an outage; or, after this process itself stalled,
 * a burst is sent that no real client would send.
 */
import type { Agent } from 'node:http';
import type { Counters } from './counters.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { readOne, writeOne } from './work.ts';

export interface Runner {
  rps(): number;
  setRps(rps: number): void;
  paused(): boolean;
  setPaused(paused: boolean): void;
  /** Sends no more, and waits for what is in flight (at most the request's limit). */
  stop(): Promise<void>;
}

const TICK_MS = 10;
/** Of a longer stall only this much is made up for; the rest is counted as skipped. */
const CATCH_UP_MS = 250;
/** Reads pick among the newest rows, but not the very newest, which may not have reached the other region. */
const RECENT = 1_000;
const SETTLED_MS = 1_000;

/** Starts at once. `onBroken` is called when the ledger can no longer be written: nothing may be acknowledged then. */
export function startRunner(
  options: { target: string; rps: number; agent: Agent; ledger: Ledger; counters: Counters },
  onBroken: (error: unknown) => void,
): Runner {
  const { target, agent, ledger, counters } = options;
  let rps = options.rps;
  let paused = false;
  let owed = 0;
  let sent = 0;
  let lastMs = performance.now();
  const inFlight = new Set<Promise<void>>();

  async function one(): Promise<void> {
    const sentAtMs = Date.now();
    sent += 1;
    const entry = sent % 2 === 0 ? pickRecent(ledger.entries(), sentAtMs) : undefined;
    const outcome = entry === undefined ? await writeOne(agent, target, ledger) : await readOne(agent, target, entry);
    counters.book(outcome, sentAtMs);
  }

  function tick(): void {
    const nowMs = performance.now();
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    if (paused) return;
    const skippedMs = Math.max(0, passedMs - CATCH_UP_MS);
    if (skippedMs > 0) counters.bookSkipped(Math.round((skippedMs * rps) / 1000));
    owed += ((passedMs - skippedMs) * rps) / 1000;
    for (; owed >= 1; owed -= 1) {
      const request = one()
        .catch(onBroken)
        .finally(() => inFlight.delete(request));
      inFlight.add(request);
    }
  }

  const timer = setInterval(tick, TICK_MS);
  return {
    rps: () => rps,
    setRps(value) {
      rps = value;
    },
    paused: () => paused,
    setPaused(value) {
      paused = value;
      owed = 0;
    },
    async stop() {
      clearInterval(timer);
      await Promise.allSettled(inFlight);
    },
  };
}

/** A random one of the recent rows, preferring those that had time to reach every region. */
export function pickRecent(entries: readonly LedgerEntry[], nowMs: number): LedgerEntry | undefined {
  const from = Math.max(0, entries.length - RECENT);
  const entry = entries[from + Math.floor(Math.random() * (entries.length - from))];
  if (entry === undefined) return undefined;
  return nowMs - Date.parse(entry.at) >= SETTLED_MS ? entry : entries[from];
}
