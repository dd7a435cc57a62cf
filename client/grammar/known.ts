/** The names that a line may use and that stand in the estate file: bot and terminal both hold it. */
import { regionNames } from '../../estate/regions/questions.ts';
import type { Estate } from '../../estate/schema.ts';

export interface Known {
  /** Empty: not known here, so any name is taken and the planner decides. */
  readonly regions: readonly string[];
}

/** For who has no estate at hand, such as the documents. */
export const NOTHING_KNOWN: Known = { regions: [] };

export function knownIn(estate: Pick<Estate, 'regions'>): Known {
  return { regions: regionNames(estate as Estate) };
}
