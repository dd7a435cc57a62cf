/** Every runbook by name. A new one has its line here, in `inputs/index.ts` and in `workflows/index.ts`. */
import { failback } from './failback.ts';
import { failover } from './failover.ts';
import type { Runbook } from './runbook.ts';

export const RUNBOOKS: readonly Runbook[] = [failover, failback];
