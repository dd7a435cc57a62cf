/** The failover, as it is asked for. */
import { z } from 'zod';
import type { RunbookInput } from './definition.ts';

const MINUTE_MS = 60_000;

export const failoverInput = {
  name: 'failover',
  summary: 'Move all traffic of a region to another',
  input: z.strictObject({
    from: z.string().describe('The region to take out of service'),
    to: z.string().optional().describe('The region that takes over; may be left out where there is only one other'),
    ungraceful: z
      .boolean()
      .optional()
      .describe('Move everything at once and leave out what needs the lost region; left out: as the probes find'),
    traffic: z.string().optional().describe('Move only this load balancer entry; left out: all of them'),
  }),
  about: { keys: ['from', 'traffic'], region: 'from', regions: ['from', 'to'] },
  examples: [
    {
      title: 'us-central1 does not answer any more',
      input: { from: 'us-central1' },
      scene: (now) => ({ now, dead: { region: 'us-central1', since: now - MINUTE_MS } }),
    },
    {
      title: 'us-central1 still answers, and is to be left',
      input: { from: 'us-central1' },
      scene: (now) => ({ now }),
    },
  ],
} satisfies RunbookInput;
