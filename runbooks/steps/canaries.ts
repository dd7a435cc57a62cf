/** Canaries: small writes through every coordinator and token range, whose acknowledged sequence is kept outside. */
import { z } from 'zod';
import { canaryQueue } from '../../estate/canaries/queues.ts';
import { PROOF, READ, step } from './contract.ts';
import { HealthReading } from './health.ts';

export const OutageReading = z.strictObject({
  /** Times in milliseconds since 1970, as the canary outside saw them; null is "not measured" (I11). */
  firstFailureAt: z.number().nullable(),
  /** When the region answered again, or null while it does not. */
  answeredAgainAt: z.number().nullable(),
});
export type OutageReading = z.infer<typeof OutageReading>;

export const outage = step({
  name: 'canaries.outage',
  effect: 'read',
  args: z.strictObject({ canary: z.string(), region: z.string() }),
  result: OutageReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: READ,
  say: ({ region }) => `The last outage of ${region} that the canary outside saw`,
  example: ({ region }, _, { dead, returned }) => {
    if (dead?.region === region) return { firstFailureAt: dead.since, answeredAgainAt: null };
    if (returned?.region === region) return { firstFailureAt: returned.from, answeredAgainAt: returned.to };
    return { firstFailureAt: null, answeredAgainAt: null };
  },
});

export const MissingReading = z.strictObject({
  /** Acknowledged canaries of the region's coordinators that were looked for elsewhere, and how many are absent. */
  checked: z.number().int().nonnegative(),
  missing: z.number().int().nonnegative(),
  oldestMissingAt: z.number().nullable(),
});
export type MissingReading = z.infer<typeof MissingReading>;

export const missing = step({
  name: 'canaries.missing',
  effect: 'read',
  args: z.strictObject({ canary: z.string(), region: z.string(), seenFrom: z.string() }),
  result: MissingReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: READ,
  say: ({ region, seenFrom }) => `Canaries acknowledged in ${region} and absent in ${seenFrom}`,
  example: ({ region }, _, { dead }) =>
    dead?.region === region
      ? { checked: 600, missing: 2, oldestMissingAt: dead.since - 1_400 }
      : { checked: 600, missing: 0, oldestMissingAt: null },
});

export const readable = step({
  name: 'canaries.readable',
  effect: 'read',
  args: z.strictObject({ canary: z.string(), region: z.string() }),
  result: HealthReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: PROOF,
  say: ({ region }) => `A new canary written through every coordinator of ${region} reads back`,
});
