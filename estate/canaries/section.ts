/** The canaries: small writers that stand outside the regions and know what was acknowledged to them. */
import { z } from 'zod';
import { section, valueAt } from '../file/section.ts';
import { positiveDuration, text } from '../file/shapes.ts';
import { canaryQueue } from './queues.ts';

const canary = z
  .strictObject({
    cluster: text('name').describe('The Cassandra cluster that it writes to.'),
    keyspace: text('keyspace').describe('The keyspace that it writes in.'),
    every: positiveDuration('How often it writes through each coordinator.'),
    report: text('url').describe('The address at which it tells what was acknowledged.'),
  })
  .describe('One canary.');

export type Canary = z.output<typeof canary>;

export const canaries = section({
  schema: z.record(text('name'), canary).default({}).describe('The canaries, by name.'),
  references: [
    { from: 'canaries.*.cluster', to: () => ['cassandra'], what: 'a Cassandra cluster' },
    {
      from: 'canaries.*.keyspace',
      to: ({ captures }, root) => {
        const cluster = valueAt(root, ['canaries', String(captures[0]), 'cluster']);
        return typeof cluster === 'string' ? ['cassandra', cluster, 'keyspaces'] : undefined;
      },
      what: 'a keyspace of this cluster',
    },
  ],
  queues: (estate, all) => Object.keys(all).map((name) => canaryQueue(estate, name)),
});
