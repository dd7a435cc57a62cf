/**
 * What may run with nobody there to approve it, such as a backup at night: exactly the runbook and the input that stand
 * here, reviewed as this file is. `destroy` is not among the effects, and must never be: it always needs people (I2).
 */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';

/** What a runbook may be asked; plain values, as in a slash command. */
const inputValue = z
  .union([text('words'), z.number(), z.boolean()])
  .describe('One line of text, a number, or true or false.');

const policy = z
  .strictObject({
    runbook: text('name').describe('The runbook that it runs.'),
    inputs: z
      .record(z.string(), inputValue)
      .default({})
      .describe('The whole input, exactly; a run with any other one is refused.'),
    maxEffect: z
      .enum(['read', 'change'])
      .describe('The most that a step of it may do; what destroys always needs people.'),
    onFailure: z
      .enum(['undo', 'ask'])
      .describe('undo takes back what was done and ends; ask stops and waits for people.'),
  })
  .describe('One policy.');

export type Policy = z.output<typeof policy>;

const region = { to: () => ['regions'], what: 'a region' };

export const policies = section({
  schema: z.record(text('name'), policy).default({}).describe('What may run without people, by name.'),
  // Every runbook calls a region and a load balancer entry so. Which runbooks there are, the control worker knows.
  references: [
    { from: 'policies.*.inputs.from', ...region },
    { from: 'policies.*.inputs.to', ...region },
    { from: 'policies.*.inputs.region', ...region },
    { from: 'policies.*.inputs.traffic', to: () => ['traffic'], what: 'a load balancer entry' },
  ],
});
