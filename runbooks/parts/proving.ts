/** The last phase of every runbook: canaries read back, and the estate's own proofs answer well. */
import type { Estate } from '../../estate/schema.ts';
import { type PhaseDraft, phase } from '../draft.ts';
import * as canaries from '../steps/canaries.ts';
import * as proofs from '../steps/proofs.ts';

/** Proofs that the estate names for this runbook, and a fresh canary in each region that serves after it. */
export function prove(estate: Estate, runbook: string, regions: readonly string[]): PhaseDraft {
  return phase(
    'Prove',
    ...Object.keys(estate.canaries).flatMap((canary) => regions.map((region) => canaries.readable({ canary, region }))),
    ...estate.proofs
      .filter(({ after }) => after.includes(runbook))
      .map(({ name, url }) => proofs.check({ proof: name, url })),
  );
}
