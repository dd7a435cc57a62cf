/** The last phase of every runbook: canaries read back, and the estate's own proofs answer well. */

import { canaryRegions } from '../../estate/canaries/questions.ts';
import { proofId } from '../../estate/proofs/section.ts';
import type { Estate } from '../../estate/schema.ts';
import { type PhaseDraft, phase, stepItem } from '../draft.ts';
import * as canaries from '../steps/canaries.ts';
import * as proofs from '../steps/proofs.ts';

/** Proofs that the estate names for this runbook, and a fresh canary in each region that serves after it. */
export function prove(estate: Estate, runbook: string, regions: readonly string[]): PhaseDraft {
  return phase(
    'prove',
    'Prove',
    ...Object.keys(estate.canaries).flatMap((canary) =>
      canaryRegions(estate, canary)
        .filter((region) => regions.includes(region))
        .map((region) => stepItem(`canary/${canary}/${region}`, canaries.readable({ canary, region }))),
    ),
    ...estate.proofs
      .filter(({ after }) => after.includes(runbook))
      .map(({ name, url }) => stepItem(`proof/${proofId(name)}`, proofs.check({ proof: name, url }))),
  );
}
