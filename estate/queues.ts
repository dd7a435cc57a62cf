/**
 * The task queues of an estate. A change queue has exactly one process that polls it (I3); the names are an agreement
 * between the step contracts, which put them into plans, and the workers, which poll them. Which change queues a system
 * has, its section says; `agents.ts` lists those of all.
 */

export interface Named {
  readonly name: string;
}

/** Workflows, planning, permits and reads; polled in every region and outside them. */
export function controlQueue(estate: Named): string {
  return `${estate.name}.control`;
}

/** Changes to one thing of a system: `<estate>.agent.<system>.<thing>`. */
export function agentQueue(estate: Named, system: string, ...thing: readonly string[]): string {
  return [estate.name, 'agent', system, ...thing].join('.');
}
