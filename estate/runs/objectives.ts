/** What each runbook promises, against which its report measures. */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { duration, positiveDuration, text } from '../file/shapes.ts';

const objective = z
  .strictObject({
    rto: positiveDuration('The longest time to recover.'),
    rpo: duration('The most that may be lost, as time before the fault; 0s for nothing.'),
  })
  .describe('One objective.');

export type Objective = z.output<typeof objective>;

export const objectives = section({
  schema: z.record(text('name'), objective).describe('The objective of each runbook, by its name.'),
});
