/** The estate's own proofs: an address that answers 200 only if what its name says is so. */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';
import { unique } from '../file/unique.ts';

const proof = z
  .strictObject({
    name: text('words').describe('What is proved, as a sentence that stands in the report.'),
    url: text('url').describe('The address that answers 200 when it holds.'),
    after: z
      .array(text('name').describe('A runbook that has an objective.'))
      .min(1)
      .describe('The runbooks that end with this proof; each must have its objective.'),
  })
  .describe('One proof.');

export type Proof = z.output<typeof proof>;

/** Names a proof in plans, reports and questions: `no-acknowledged-write-is-lost`. */
export function proofId(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
}

export const proofs = section({
  schema: z.array(proof).default([]).describe('The proofs that a run ends with.'),
  references: [{ from: 'proofs.*.after.*', to: () => ['objectives'], what: 'an objective' }],
  rules: [
    unique({
      among: ['proofs.*.name'],
      what: 'name',
      mend: 'Give every proof a name of its own; names that differ in punctuation alone are one.',
      identity: ({ value }) => (typeof value === 'string' ? proofId(value) : undefined),
    }),
  ],
});
