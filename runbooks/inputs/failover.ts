/** What the failover is asked; the descriptions are the slash command's help. */
import { z } from 'zod';

export const FailoverInput = z.strictObject({
  from: z.string().describe('The region to take out of service'),
  to: z.string().optional().describe('The region that takes over; may be left out where there is only one other'),
  ungraceful: z
    .boolean()
    .optional()
    .describe('Move everything at once and leave out what needs the lost region; left out: as the probes find'),
  traffic: z.string().optional().describe('Move only this load balancer entry; left out: all of them'),
});
export type FailoverInput = z.infer<typeof FailoverInput>;
