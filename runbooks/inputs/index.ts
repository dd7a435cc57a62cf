/** Every runbook as it is asked for: all that bot, CLI and documents know of it. A new runbook has its line here. */
import type { RunbookInput } from './definition.ts';
import { failbackInput } from './failback.ts';
import { failoverInput } from './failover.ts';

export type { RunbookInput } from './definition.ts';

export const RUNBOOK_INPUTS: readonly RunbookInput[] = [failoverInput, failbackInput];
