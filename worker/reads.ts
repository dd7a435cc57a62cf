/** The reading half of a set of implementations: all that the control worker may serve (design, "Identities"). */
import type { Implementations } from '../activities/define-activities.ts';
import type { AnyContract } from '../runbooks/steps/contract.ts';

export function readsOf(contracts: readonly AnyContract[], implementations: Implementations): Implementations {
  const reads = new Set(contracts.filter(({ effect }) => effect === 'read').map(({ name }) => name));
  return Object.fromEntries(Object.entries(implementations).filter(([name]) => reads.has(name)));
}
