/** Canaries: small writes through every coordinator and token range, whose acknowledged sequence is kept outside. */
import { z } from 'zod';
import { canaryQueue } from '../../estate/canaries/queues.ts';
import { PROOF, READ, step } from './contract.ts';
import { HealthReading } from './health.ts';

/** Times in milliseconds since 1970, as the canary outside saw them. */
const Outage = {
  /** Null is "none was seen". */
  firstFailureAt: z.number().nullable(),
  /** When it answered again, or null while it does not. */
  answeredAgainAt: z.number().nullable(),
};

export const Absence = z.strictObject({
  ...Outage,
  firstFailureAt: z.number(),
  /** A node that was away for longer than its peers keep hints for it; null: the whole region, however short. */
  node: z.string().nullable(),
});
export type Absence = z.infer<typeof Absence>;

/** Time in which the canary did not watch a region for longer than hints are kept; `to` is null while it never saw it answer. */
export const Unwatched = z.strictObject({ from: z.number(), to: z.number().nullable() });
export type Unwatched = z.infer<typeof Unwatched>;

export const OutageReading = z.strictObject({
  /** The last outage of the whole region. */
  ...Outage,
  /** All that the canary has not yet seen covered by a repair, oldest first; the last outage of the region is among them. */
  remembered: z.array(Absence),
  unwatched: Unwatched.nullable(),
});
export type OutageReading = z.infer<typeof OutageReading>;

export const outage = step({
  name: 'canaries.outage',
  effect: 'read',
  args: z.strictObject({ canary: z.string(), region: z.string() }),
  result: OutageReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: READ,
  say: ({ region }) => `Outages of ${region} and of its nodes that the canary outside saw`,
  example: ({ region }, _, { dead, returned }): OutageReading => {
    if (dead?.region === region) return outageAlone(dead.since, null);
    if (returned?.region === region) return outageAlone(returned.from, returned.to);
    return { firstFailureAt: null, answeredAgainAt: null, remembered: [], unwatched: null };
  },
});

function outageAlone(firstFailureAt: number, answeredAgainAt: number | null): OutageReading {
  const last = { firstFailureAt, answeredAgainAt };
  return { ...last, remembered: [{ ...last, node: null }], unwatched: null };
}

/** A repair that a fault broke into is not one that every replica took part in. */
export const undisturbed = step({
  name: 'canaries.undisturbed',
  effect: 'read',
  args: z.strictObject({ canary: z.string() }),
  result: HealthReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: PROOF,
  say: ({ canary }) => `No outage that ${canary} saw has lasted into the repair, or begun since`,
  look: ({ canary }) => `the log of canary ${canary}, and at which nodes were away during the repair`,
});

export const MissingReading = z.strictObject({
  /** Acknowledged canaries of the region's coordinators that were looked for elsewhere, and how many are absent. */
  checked: z.number().int().nonnegative(),
  missing: z.number().int().nonnegative(),
  oldestMissingAt: z.number().nullable(),
  /** Of some canary all are absent: what is older and was not kept may be absent too, so the loss is at least this. */
  atLeast: z.boolean(),
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
  example: ({ region }, _, { dead }): MissingReading =>
    dead?.region === region
      ? { checked: 600, missing: 2, oldestMissingAt: dead.since - 1_400, atLeast: false }
      : { checked: 600, missing: 0, oldestMissingAt: null, atLeast: false },
});

export const readable = step({
  name: 'canaries.readable',
  effect: 'read',
  args: z.strictObject({ canary: z.string(), region: z.string() }),
  result: HealthReading,
  queue: ({ canary }, estate) => canaryQueue(estate, canary),
  limits: PROOF,
  say: ({ region }) => `A new canary written through every coordinator of ${region} reads back`,
  look: ({ region }) =>
    `every Cassandra node of ${region} (\`nodetool status\`, and that each answers CQL): one that is away or frozen is enough`,
});
