/** What every step answers that a proof checks or a hold samples. */
import { z } from 'zod';

export const HealthReading = z.strictObject({
  healthy: z.boolean(),
  /** As people read it, whether healthy or not; no full stop at its end. */
  why: z.string(),
});
export type HealthReading = z.infer<typeof HealthReading>;

/** What a step answers that a hold samples; the executor reads it as `SampleReading` of `kernel/run/samples.ts`. */
export const SampledHealth = z.strictObject({
  /** Null: nothing was measured, which is neither good nor bad. */
  healthy: z.boolean().nullable(),
  why: HealthReading.shape.why,
  /** How many requests, or whatever is counted, the verdict rests on; null where none are to be expected. */
  measured: z.number().nonnegative().nullable(),
});
export type SampledHealth = z.infer<typeof SampledHealth>;
