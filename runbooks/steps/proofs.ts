/** The estate's own proofs: URLs that must answer well after a runbook. */
import { z } from 'zod';
import { controlQueue } from '../../estate/queues.ts';
import { PROOF, step } from './contract.ts';
import { HealthReading } from './health.ts';

export const check = step({
  name: 'proofs.check',
  effect: 'read',
  args: z.strictObject({ proof: z.string(), url: z.string() }),
  result: HealthReading,
  queue: (_, estate) => controlQueue(estate),
  limits: PROOF,
  say: ({ proof }) => `Proof: ${proof}`,
  look: ({ url }) =>
    `what ${url} answers, and at what it reads: a node or a region that is away may be all that is wrong`,
});
