/** Everything that Temporal may run: the executor, once per runbook name, and the lease. */
import { execute } from './executor/index.ts';

export { lease } from './lease.ts';
export { execute as failback, execute as failover };
