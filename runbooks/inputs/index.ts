/** What every runbook is asked, by name: all that bot and CLI know of a runbook. */
import type { z } from 'zod';
import { FailbackInput } from './failback.ts';
import { FailoverInput } from './failover.ts';

export interface RunbookInput {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodObject;
}

export const RUNBOOK_INPUTS: readonly RunbookInput[] = [
  { name: 'failover', summary: 'Move all traffic of a region to another', input: FailoverInput },
  { name: 'failback', summary: 'Repair a returned region, readmit it and shift traffic back', input: FailbackInput },
];
