/** The reading half of a set of implementations: all that a process without durable marks may serve. */
import type { Implementations } from '../activities/step-implementation.ts';

export function readsOf(implementations: Implementations): Implementations {
  return Object.fromEntries(Object.entries(implementations).filter(([, { contract }]) => contract.effect === 'read'));
}
