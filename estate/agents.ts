/** Which agents an estate needs: the change queues of all its systems. Each must have exactly one process (I3). */
import type { Named } from './queues.ts';
import { type Estate, type SectionName, sectionNames, sections } from './schema.ts';

/** Pairs each section's queues with what is parsed under its key. */
type Queues = {
  readonly [K in SectionName]: { readonly queues: (estate: Named, parsed: Estate[K]) => readonly string[] };
};

/** In the order of the file's sections; the control queue is none of them. */
export function agentQueues(estate: Estate): string[] {
  return sectionNames.flatMap((name) => queuesOf(sections, estate, name));
}

function queuesOf<K extends SectionName>(all: Queues, estate: Estate, name: K): readonly string[] {
  return all[name].queues(estate, estate[name]);
}
