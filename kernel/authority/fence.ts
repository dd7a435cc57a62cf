/**
 * A fence orders everything that was ever dispatched for a scope, so that a late writer, of another run or of the
 * run's own past, is recognized and changes nothing (I3).
 */
import { z } from 'zod';

/** `epoch` rises with every lease, `seq` with every dispatch of a run (undo included), `try` with every retry. */
export const Fence = z.strictObject({
  scope: z.string(),
  epoch: z.number().int().nonnegative(),
  seq: z.number().int().nonnegative(),
  try: z.number().int().nonnegative(),
});
export type Fence = z.infer<typeof Fence>;

/** Negative when `a` is older than `b`; compared by epoch, then seq, then try. */
export function compareFences(a: Fence, b: Fence): number {
  return a.epoch - b.epoch || a.seq - b.seq || a.try - b.try;
}
