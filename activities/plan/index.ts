/**
 * Planning on the control worker: the only place that imports planners. Everything is checked against this worker's
 * own copy of the estate file; what a request says about the estate is never believed (I2).
 *
 *   open.ts      verifies who started it, names the probes
 *   make.ts      makes the plan
 *   known.ts     plans that this worker has hashed and checked itself
 *   permits.ts   verifies plan and decisions, signs permits
 *   policy.ts    what a policy of the estate file lets through, in place of people
 *   verify.ts    verifies decisions about the whole estate
 */

import { refusal } from '../../kernel/errors.ts';
import { packView } from '../../kernel/plan/packed-view.ts';
import type { ControlActivities } from '../../kernel/run/control.ts';
import { regionProbes, regionsFrom } from '../../runbooks/regions.ts';
import { estateDiffers, type PlanDeps } from './deps.ts';
import { knownPlans } from './known.ts';
import { makePlan } from './make.ts';
import { openRequest } from './open.ts';
import { mintPermits } from './permits.ts';
import { verifyLeaseDecision } from './verify.ts';

export type { PlanDeps } from './deps.ts';

export function createPlanActivities(
  deps: PlanDeps,
): Pick<
  ControlActivities,
  'run.open' | 'run.plan' | 'run.permits' | 'decision.verify' | 'look.probes' | 'look.regions'
> {
  const plans = knownPlans();
  return {
    'run.open': async (input) => openRequest(deps, input),
    'run.plan': async ({ request, evidence, known, instead = request }) => {
      if (request.estate !== deps.estate.name) throw estateDiffers(request.run);
      const plan = makePlan(deps, { request: instead, evidence });
      const { hash, problems } = plans.learn(plan.core);
      if (problems.length > 0) {
        throw refusal(
          'bad-plan',
          `The plan breaks the rules: ${problems.slice(0, 5).join(' ')}`,
          request.runbook,
          'Report this: it is a defect of the runbook.',
        );
      }
      return { planHash: hash, core: hash === known ? null : plan.core, view: packView(plan) };
    },
    'run.permits': async (input) => mintPermits(deps, plans, input),
    'look.probes': async ({ estate }) => {
      if (estate !== deps.estate.name) throw estateDiffers(estate);
      return { probes: regionProbes(deps.estate), estateDigest: deps.estateDigest };
    },
    'look.regions': async ({ evidence }) => regionsFrom(deps.estate, evidence, deps.clock()),
    'decision.verify': async (input) => verifyLeaseDecision(deps, input),
  };
}
