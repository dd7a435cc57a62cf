/** How long a run watches health after a step and before its pivot, and what counts as healthy. */
import { z } from 'zod';
import { type Complaint, section, select, valueAt } from '../file/section.ts';
import { positiveDuration, readDuration } from '../file/shapes.ts';

const hold = (description: string) =>
  z
    .strictObject({
      every: positiveDuration('How often health is sampled.'),
      for: positiveDuration('How long health must hold; not shorter than every.'),
    })
    .describe(description);

/** A load balancer that was killed is back by then; a quiet service has had its requests. */
const DEFAULT_PATIENCE = '1m';

const schema = z
  .strictObject({
    step: hold('The hold after each step that shifts traffic.'),
    commit: hold('The commit window before the pivot, in which a run can still go back.'),
    limits: z
      .strictObject({
        errorRate: z.number().min(0).max(1).describe('The highest share of failed requests, 0 to 1.'),
        latencyMs: z.number().positive().describe('The highest latency, in milliseconds.'),
        requests: z
          .int()
          .min(1)
          .default(10)
          .describe('How many requests must have been measured in a hold before its health counts as known.'),
      })
      .describe('What counts as healthy at the load balancer.'),
    patience: positiveDuration('How long beyond a hold measuring is waited for, before people are asked.').prefault(
      DEFAULT_PATIENCE,
    ),
  })
  .describe('How long health is watched, and what counts as healthy.');

export type Holds = z.output<typeof schema>;

function longEnough(root: unknown): readonly Complaint[] {
  return select(root, 'holds.*').flatMap(({ path, value }) => {
    const every = readDuration(valueAt(value, ['every']));
    const length = readDuration(valueAt(value, ['for']));
    if (every === undefined || length === undefined || every <= length) return [];
    return [
      {
        path: [...path, 'for'],
        on: 'value' as const,
        message: 'the hold ends before its first sample',
        mend: 'Make `for` at least as long as `every`.',
      },
    ];
  });
}

export const holds = section({ schema, rules: [longEnough] });
