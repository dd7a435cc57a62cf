/**
 * Planning on the control worker: the only place that imports planners. Everything is checked against this worker's
 * own copy of the estate file; what a request says about the estate is never believed (I2).
 *
 *   open.ts      verifies the signed start, names the probes
 *   permits.ts   verifies plan and decisions, signs permits
 *   verify.ts    verifies decisions about the whole estate
 */

import { checkPlan } from '../../kernel/check-plan.ts';
import type { ControlActivities } from '../../kernel/control.ts';
import { refusal } from '../../kernel/errors.ts';
import { planHash } from '../../kernel/plan.ts';
import { estateDiffers, type PlanDeps, runbookNamed } from './deps.ts';
import { openRun } from './open.ts';
import { mintPermits } from './permits.ts';
import { verifyFreeze } from './verify.ts';

export type { PlanDeps } from './deps.ts';

export function createPlanActivities(
  deps: PlanDeps,
): Pick<ControlActivities, 'run.open' | 'run.plan' | 'run.permits' | 'decision.verify'> {
  return {
    'run.open': async (input) => openRun(deps, input),
    'run.plan': async ({ request, evidence }) => {
      const runbook = runbookNamed(deps, request.runbook);
      if (request.estate !== deps.estate.name) throw estateDiffers(request.run);
      const plan = runbook.plan({
        estate: deps.estate,
        estateDigest: deps.estateDigest,
        input: request.input,
        evidence,
        now: deps.clock(),
      });
      const problems = checkPlan(plan.core);
      if (problems.length > 0) {
        throw refusal(
          'bad-plan',
          `The plan breaks the rules: ${problems.slice(0, 5).join(' ')}`,
          request.runbook,
          'Report this: it is a defect of the runbook.',
        );
      }
      return { plan, planHash: planHash(plan.core) };
    },
    'run.permits': async (input) => mintPermits(deps, input),
    'decision.verify': async (input) => verifyFreeze(deps, input),
  };
}
