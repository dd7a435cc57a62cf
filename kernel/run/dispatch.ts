/** What the executor sends to a step's activity, and nothing more: the step's arguments and its authority. */
import { z } from 'zod';
import type { Json } from '../json.ts';

export const Dispatch = z.strictObject({
  run: z.string(),
  runStartedAt: z.number().int(),
  stepId: z.string(),
  direction: z.enum(['do', 'undo']),
  args: z.record(z.string(), z.custom<Json>()),
  /** Of the plan; an agent whose estate file differs refuses. */
  estateDigest: z.string(),
  /** Null for a read. `try` is added by the agent, from Temporal's own attempt. */
  fence: z.strictObject({ scope: z.string(), epoch: z.number().int(), seq: z.number().int() }).nullable(),
  permit: z.unknown().nullable(),
});
export type Dispatch = z.infer<typeof Dispatch>;

/** What an activity answers: the step's reading after its effect. */
export interface StepAnswer {
  readonly result: Json;
  /** False when the effect was already there, so that nothing had to be done. */
  readonly acted: boolean;
  /** The region that it was read from; absent where the process stands outside of all, or was not told. */
  readonly from?: string;
}
