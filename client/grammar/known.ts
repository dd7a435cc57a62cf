/** The names that a line may use: those that stand in the estate file, which bot and terminal both hold, and a skin's own flags. */
import { regionNames } from '../../estate/regions/questions.ts';
import type { Estate } from '../../estate/schema.ts';

export interface Known {
  /** Empty: not known here, so any name is taken and the planner decides. */
  readonly regions: readonly string[];
  /** Flags that the skin itself takes, without dashes; they never reach the grammar unless they are misspelled. */
  readonly flags: readonly string[];
}

/** For who has no estate at hand, such as the documents. */
export const NOTHING_KNOWN: Known = { regions: [], flags: [] };

export function knownIn(estate: Pick<Estate, 'regions'>): Known {
  return { regions: regionNames(estate as Estate), flags: [] };
}
