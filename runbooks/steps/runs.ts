/** Other runs: who holds what at this moment. */
import { z } from 'zod';
import { controlQueue } from '../../estate/queues.ts';
import { READ, step } from './contract.ts';

export const OthersReading = z.strictObject({
  holders: z.array(z.strictObject({ scope: z.string(), run: z.string(), requester: z.string() })),
  /** Task queues among those asked for that no worker polls. */
  unpolled: z.array(z.string()),
});
export type OthersReading = z.infer<typeof OthersReading>;

export const others = step({
  name: 'runs.others',
  effect: 'read',
  args: z.strictObject({ queues: z.array(z.string()) }),
  result: OthersReading,
  queue: (_, estate) => controlQueue(estate),
  limits: READ,
  say: () => 'Runs that hold a scope, and task queues that no worker polls',
  example: () => ({ holders: [], unpolled: [] }),
});
