/**
 * Whether the run would refuse an approval, from what it shows: asked before a person is asked to confirm it. Pure.
 *
 * It spares people the typing and grants nothing: the run judges every decision itself.
 */
import { type Decision, type Refusal, refuseApprovalAhead } from '../../kernel/decision/decision.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import { openGateOf } from '../../kernel/run/gates.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { refusedByRule } from '../temporal/failures.ts';
import { openGateId } from './shown.ts';

/** @throws LifeboatError `no-gate`, `trouble`, `not-allowed`, `break-glass`, `override`, `requester`, `twice`, `reason` */
export function refuseAhead(
  view: RunView,
  plan: Plan | null,
  wanted: Pick<Decision, 'by' | 'override' | 'reason'>,
): void {
  const { run } = view.request;
  openGateId(view);
  const refused = troubleOf(view) ?? (plan === null ? undefined : refusedBy(view, plan, wanted));
  if (refused) throw refusedByRule(refused, run);
}

function troubleOf({ trouble }: RunView): Refusal | undefined {
  if (trouble === null) return undefined;
  return { rule: 'trouble', say: `It cannot be approved now: ${trouble.message}` };
}

function refusedBy(
  view: RunView,
  { core }: Plan,
  wanted: Pick<Decision, 'by' | 'override' | 'reason'>,
): Refusal | undefined {
  return refuseApprovalAhead(wanted, {
    requester: view.request.requester,
    attempt: view.attempt,
    gate: openGateOf(core, view),
    operators: core.operators,
    breakGlass: core.breakGlass,
    overridable: core.blockers.filter(({ overridable }) => overridable).map(({ rule }) => rule),
    decided: view.decisions,
  });
}
