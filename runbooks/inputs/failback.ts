/** The failback, as it is asked for. */
import { z } from 'zod';
import type { RunbookInput } from './definition.ts';

const MINUTE_MS = 60_000;

export const failbackInput = {
  name: 'failback',
  summary: 'Repair a returned region, readmit it and shift traffic back',
  input: z.strictObject({
    region: z.string().optional().describe('The region to bring back; left out: the one that is drained'),
    outage: z
      .string()
      .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration such as 40m or 3h')
      .optional()
      .describe('How long the region was away, where the canary could not measure it'),
  }),
  about: { keys: ['region'], region: 'region', regions: ['region'] },
  examples: [
    {
      title: 'us-central1 was lost for 20 minutes and is back',
      input: { region: 'us-central1' },
      scene: (now) => ({
        now,
        returned: { region: 'us-central1', from: now - 30 * MINUTE_MS, to: now - 10 * MINUTE_MS },
      }),
    },
  ],
} satisfies RunbookInput;
