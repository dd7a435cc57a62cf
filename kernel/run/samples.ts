/**
 * What a sample of a hold answers, whatever the system. A sample is good, bad, or not measured: silence is no health, and no
 * illness either (I1, I11).
 */
import { z } from 'zod';

export const SampleReading = z.object({
  /** Null: nothing was measured. */
  healthy: z.boolean().nullable(),
  why: z.string(),
  /**
   * How many things (requests) the verdict rests on; 0 where nothing was measured. Null: nothing is to be measured here, by
   * what stands there (a region without a share).
   */
  measured: z.number().nonnegative().nullable(),
});
export type SampleReading = z.infer<typeof SampleReading>;

/** What a step's result says as a sample; one that is no sample measured nothing. */
export function sampleIn(result: unknown): SampleReading {
  const parsed = SampleReading.safeParse(result);
  return parsed.success ? parsed.data : unmeasured('it answered with something else than a sample');
}

/** @param why no full stop at its end */
export function unmeasured(why: string): SampleReading {
  return { healthy: null, why, measured: 0 };
}
