/** Making a plan: the one call of a planner, so that a plan which is made again is made in the same way. */
import type { EvidenceMap } from '../../kernel/plan/evidence.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import type { RunRequest } from '../../kernel/run/state.ts';
import { type PlanDeps, runbookNamed } from './deps.ts';

/**
 * From the worker's own estate file. The planner's clock is the newest evidence, not the wall's: the same evidence gives
 * the same plan whenever it is asked (a repair that is chosen by the length of an outage would else change by itself).
 * @throws LifeboatError `unknown-runbook`, and whatever the planner refuses.
 */
export function makePlan(
  deps: PlanDeps,
  { request, evidence }: { readonly request: Pick<RunRequest, 'runbook' | 'input'>; readonly evidence: EvidenceMap },
): Plan {
  const times = Object.values(evidence).map(({ at }) => at);
  return runbookNamed(deps, request.runbook).plan({
    estate: deps.estate,
    estateDigest: deps.estateDigest,
    input: request.input,
    evidence,
    now: times.length === 0 ? deps.clock() : Math.max(...times),
  });
}
