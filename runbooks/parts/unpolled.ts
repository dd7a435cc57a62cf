/** Agents that are down are seen before approval, not when their step waits for them. */
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { OthersReading } from '../steps/runs.ts';

/** One sentence per task queue that a plan needs and no worker polls. */
export function unpolledWarnings(others: Evidence<OthersReading>): string[] {
  if (!others.ok) return ['Whether the agents live could not be read.'];
  return others.value.unpolled.map(
    (queue) => `No worker polls ${queue}: its agent is down, and its steps would wait and then ask.`,
  );
}

/** Who holds what, for the facts of a plan. */
export function othersText(holders: readonly { scope: string; run: string }[]): string {
  return holders.length === 0 ? 'none' : holders.map(({ scope, run }) => `${run} holds ${scope}`).join('; ');
}
