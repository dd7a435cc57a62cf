/** How long to wait before what failed is tried again. */

export interface Backoff {
  /** After the first failure. */
  readonly firstMs: number;
  /** Never longer than this. */
  readonly mostMs: number;
  /** How many times as long after each further failure; 2 when left out. */
  readonly factor?: number;
}

/** How much shorter a wait may be by chance. */
const SPREAD = 0.25;

/**
 * Milliseconds to wait after so many failures in a row, counted from 1.
 * @param random gives 0 to 1: with it a wait is up to a quarter shorter, so that many who lost the same server do not all
 * come back at once
 */
export function backoffMs(failures: number, { firstMs, mostMs, factor = 2 }: Backoff, random = () => 0): number {
  const waitMs = Math.min(mostMs, firstMs * factor ** Math.max(0, failures - 1));
  return waitMs * (1 - SPREAD * random());
}
