/** The product's own services: where each runs, how its health is read, and what it can carry. */
import { z } from 'zod';
import { type Complaint, section, select, valueAt } from '../file/section.ts';
import { secretReference, text } from '../file/shapes.ts';
import { unique, urlIdentity } from '../file/unique.ts';
import { serviceQueue } from './queues.ts';

const serviceRegion = z
  .strictObject({
    url: text('url').describe('The address of the service in this region, reached without the load balancer.'),
    health: text('urlPath').default('/health').describe('The path that answers 200 only while it is fit to serve.'),
    admin: text('urlPath').default('/admin').describe('The path under which workers, readmit and withhold are.'),
    capacityPerWorker: z.number().positive().describe('Requests per second that one worker was tested to carry.'),
    workers: z.int().min(1).describe('How many workers run in normal times.'),
    maxWorkers: z.int().min(1).describe('How many workers the region can be raised to; not below workers.'),
  })
  .describe('The service in one region.');

const service = z
  .strictObject({
    cluster: text('name').exactOptional().describe('The Cassandra cluster that it stores in.'),
    peak: z.number().positive().describe('Requests per second over all regions at the last peak.'),
    admin: secretReference('The token for the admin path.'),
    regions: z.record(text('name'), serviceRegion).describe('The service in each region that it runs in.'),
  })
  .describe('One service.');

export type Service = z.output<typeof service>;
export type ServiceRegion = z.output<typeof serviceRegion>;

function workersWithinMaximum(root: unknown): readonly Complaint[] {
  return select(root, 'services.*.regions.*').flatMap(({ path, value }) => {
    const workers = valueAt(value, ['workers']);
    const maxWorkers = valueAt(value, ['maxWorkers']);
    if (typeof workers !== 'number' || typeof maxWorkers !== 'number' || workers <= maxWorkers) return [];
    return [
      {
        path: [...path, 'maxWorkers'],
        on: 'value' as const,
        message: 'maxWorkers is below workers',
        mend: 'Raise maxWorkers to what the region can hold, at least to workers.',
      },
    ];
  });
}

const oneAddressEach = unique({
  among: ['services.*.regions.*.url'],
  what: 'address',
  mend: 'Write the address that reaches this region alone, without a load balancer.',
  identity: urlIdentity,
});

export const services = section({
  schema: z.record(text('name'), service).default({}).describe('The services of the product, by name.'),
  references: [
    { from: 'services.*.cluster', to: () => ['cassandra'], what: 'a Cassandra cluster' },
    { from: 'services.*.regions.#', to: () => ['regions'], what: 'a region' },
  ],
  rules: [workersWithinMaximum, oneAddressEach],
  queues: (estate, all) =>
    Object.entries(all).flatMap(([name, one]) =>
      Object.keys(one.regions).map((region) => serviceQueue(estate, name, region)),
    ),
});
