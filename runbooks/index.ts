/** Every runbook by name. Adding one is its file, its input, and a line here and in `workflows/`. */
import { failback } from './failback.ts';
import { failover } from './failover.ts';
import type { Runbook } from './runbook.ts';

export const RUNBOOKS: readonly Runbook[] = [failover, failback];
