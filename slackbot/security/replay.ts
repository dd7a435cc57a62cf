/**
 * Remembers what was received, so that nothing is acted on twice: marked at receipt, before anything is done with it.
 *
 * Must never happen: an entry forgotten while the request could still pass the clock check. So when it is full it
 * refuses new ones rather than forgetting old ones.
 */
import { MAX_CLOCK_DIFFERENCE_SECONDS } from './signature.ts';

/** A request stays valid for at most twice the clock difference; one minute more for good measure. */
export const REMEMBER_MS = 2 * MAX_CLOCK_DIFFERENCE_SECONDS * 1000 + 60_000;
const MAX_ENTRIES = 50_000;

export type Receipt = 'new' | 'seen' | 'full';

export interface Receipts {
  /** Marks the key; `seen` when it was marked before, `full` when it cannot be remembered and must be refused. */
  mark(key: string): Receipt;
}

/** @param now clock in ms @param max bound of the memory */
export function createReceipts(now: () => number, max = MAX_ENTRIES): Receipts {
  const expiries = new Map<string, number>();

  function forgetOld(atMs: number): void {
    // Insertion order is order of expiry, because every entry lives equally long.
    for (const [key, expiresAtMs] of expiries) {
      if (expiresAtMs > atMs) return;
      expiries.delete(key);
    }
  }

  return {
    mark: (key) => {
      const atMs = now();
      forgetOld(atMs);
      const expiresAtMs = expiries.get(key);
      if (expiresAtMs !== undefined && expiresAtMs > atMs) return 'seen';
      if (expiries.size >= max) return 'full';
      expiries.delete(key);
      expiries.set(key, atMs + REMEMBER_MS);
      return 'new';
    },
  };
}
