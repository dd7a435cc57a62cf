/** What every step answers that a hold samples or a proof checks. */
import { z } from 'zod';

export const HealthReading = z.strictObject({
  healthy: z.boolean(),
  /** As people read it, whether healthy or not; no full stop at its end. */
  why: z.string(),
});
export type HealthReading = z.infer<typeof HealthReading>;
