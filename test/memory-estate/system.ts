/** What a system of the memory estate is: what it keeps, its steps, and what of it must be the same after a disturbed run. */
import type { Implementations } from '../../activities/step-implementation.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Ground } from './ground.ts';

/** `State`: its own part of the world, under names of its own. `Others`: the parts of other systems that it looks at. */
export interface MemorySystem<State extends object, Others extends object = object> {
  /** As the estate file says, in normal times. */
  create(estate: Estate): State;
  /** An implementation of every contract of the system. */
  steps(world: Ground & State & Others): Implementations;
  /** Its lasting state as plain data; times and logs are left out. */
  outcome(world: Ground & State & Others): object;
}
