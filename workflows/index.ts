/**
 * Everything that Temporal may run: the executor, once per runbook name, the lease, which bot posts, and how the
 * regions stand. A new runbook
 * has its name here; its planner stays out.
 */
import { execute } from './executor/index.ts';

export { lease } from './lease.ts';
export { look } from './look.ts';
export { posting } from './posting.ts';
export { execute as failback, execute as failover };
