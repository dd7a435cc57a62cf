/** What the failback is asked. */
import { z } from 'zod';

export const FailbackInput = z.strictObject({
  region: z.string().optional().describe('The region to bring back; left out: the one that is drained'),
  outage: z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 40m or 3h')
    .optional()
    .describe('How long the region was away, where the canary could not measure it'),
});
export type FailbackInput = z.infer<typeof FailbackInput>;
