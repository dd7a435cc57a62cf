/** The last phase of every runbook: canaries read back, and the estate's own proofs answer well. */

import { canaryRegions } from '../../estate/canaries/questions.ts';
import { proofId } from '../../estate/proofs/section.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import { type PhaseDraft, phase, stepItem } from '../draft.ts';
import * as canaries from '../steps/canaries.ts';
import type { RingReading } from '../steps/cassandra.ts';
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

/**
 * Proofs that cannot hold as things stand: a canary goes through every coordinator of a region, also through one that does not
 * answer. Known before the approval, so that nobody looks for it at the end.
 */
export function provingWarnings(
  estate: Estate,
  region: string,
  ring: { readonly [cluster: string]: Evidence<RingReading> },
): string[] {
  return Object.entries(estate.canaries).flatMap(([canary, { cluster }]) => {
    const one = ring[cluster];
    if (!canaryRegions(estate, canary).includes(region) || !one?.ok) return [];
    const out = [...one.value.down, ...one.value.silent];
    if (out.length === 0) return [];
    const { contract, args } = canaries.readable({ canary, region });
    return [
      `The proof “${contract.say(args)}” fails as things stand: ${out.join(', ')} ${out.length === 1 ? 'does' : 'do'} not answer. Start ${out.length === 1 ? 'it' : 'them'} before the run ends, or skip the proof then: the run is done, unproven.`,
    ];
  });
}
