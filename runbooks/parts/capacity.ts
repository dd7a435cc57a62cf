/** Capacity first, traffic second: the peak of all regions × 1.2 must fit what the destination was tested to carry. */
import type { Estate } from '../../estate/schema.ts';
import { HEADROOM, requestsToCarry } from '../../estate/services/questions.ts';
import type { Blocker } from '../../kernel/plan/plan.ts';
import type { AnyDraft } from '../steps/contract.ts';
import type { ServiceReading } from '../steps/services.ts';
import * as services from '../steps/services.ts';

export interface Room {
  readonly steps: { readonly [target: string]: AnyDraft };
  readonly blockers: readonly Blocker[];
  readonly facts: readonly { label: string; value: string }[];
}

/** What must be scaled so that `region` alone carries the peak of each service, and what stands in the way. */
export function makeRoom(
  estate: Estate,
  region: string,
  readings: { readonly [service: string]: ServiceReading },
): Room {
  const steps: { [target: string]: AnyDraft } = {};
  const blockers: Blocker[] = [];
  const facts: { label: string; value: string }[] = [];
  for (const [service, reading] of Object.entries(readings)) {
    const described = estate.services[service];
    const there = described?.regions[region];
    if (!described || !there) continue;
    const wanted = Math.ceil((described.peak * HEADROOM) / reading.capacityPerWorker);
    const workers = Math.min(Math.max(wanted, reading.workers), Math.max(there.maxWorkers, reading.workers));
    facts.push({
      label: `Capacity of ${service} in ${region}`,
      value: `${reading.workers * reading.capacityPerWorker} of ${requestsToCarry(described)} requests/s needed`,
    });
    if (wanted > workers) {
      blockers.push({
        rule: 'tested-capacity',
        say: `${service} in ${region} can run ${workers} workers and needs ${wanted} for the peak of ${described.peak} requests/s × ${HEADROOM}.`,
        overridable: true,
      });
    }
    if (workers !== reading.workers)
      steps[service] = services.scale({ service, region, workers, was: reading.workers });
  }
  return { steps, blockers, facts };
}
