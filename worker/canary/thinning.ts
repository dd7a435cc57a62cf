/**
 * Which old acknowledgements are kept: the newest all, older ones ever sparser, so that a day costs little more than some
 * minutes, and two hours of writes that went nowhere read as two hours. Pure.
 *
 * Time is cut into slices that are at most a sixteenth as long as they are old, on bounds that only ever join as they
 * age; the oldest acknowledgement of each slice stays. So a loss is told to within a sixteenth of its age.
 */
/** Canaries expire after a day; an older one cannot be compared any more. */
export const HORIZON_MS = 20 * 3_600_000;
const SLICES_PER_AGE = 16;

/** @param acks oldest first, as is what comes back @param keep how many of the newest stay, whatever their age */
export function thinned<A extends { readonly at: number }>(acks: readonly A[], keep: number): A[] {
  const newestAt = acks.at(-1)?.at ?? 0;
  const sparse: A[] = [];
  let before = { sliceMs: 0, slice: 0 };
  for (const ack of acks.slice(0, Math.max(0, acks.length - keep))) {
    const ageMs = newestAt - ack.at;
    if (ageMs > HORIZON_MS) continue;
    const sliceMs = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, ageMs / SLICES_PER_AGE))));
    const slice = Math.floor(ack.at / sliceMs);
    if (slice !== before.slice || sliceMs !== before.sliceMs) sparse.push(ack);
    before = { sliceMs, slice };
  }
  return [...sparse, ...acks.slice(-keep)];
}
