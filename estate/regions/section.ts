/** The regions that the product runs in. Everything else in the file names them. */
import { z } from 'zod';
import { type Complaint, entriesOf, isMapping, section, valueAt } from '../file/section.ts';
import { text } from '../file/shapes.ts';

export const continents = [
  'africa',
  'antarctica',
  'asia',
  'europe',
  'north-america',
  'oceania',
  'south-america',
] as const;

const region = z
  .strictObject({
    continent: z.enum(continents).describe('The continent that the region is on.'),
    site: text('name').describe('Where the region lives: the cloud or the house, for example gcp or aws.'),
  })
  .describe('One region.');

export type Region = z.output<typeof region>;

/** A failover must have somewhere to go. */
function atLeastTwo(root: unknown): readonly Complaint[] {
  const regions = valueAt(root, ['regions']);
  if (!isMapping(regions) || entriesOf(regions).length >= 2) return [];
  return [
    {
      path: ['regions'],
      on: 'key',
      message: 'fewer than two regions leave a failover nowhere to go',
      mend: 'Name every region that the product runs in.',
    },
  ];
}

export const regions = section({
  schema: z.record(text('name'), region).describe('The regions that the product runs in, by name; at least two.'),
  rules: [atLeastTwo],
});
