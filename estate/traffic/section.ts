/** What leads the product's users to a region, and how much each region gets in normal times. */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';
import { trafficQueue } from './queues.ts';
import { oneEntryPerBackend, sameRegions, sharesOfHundred } from './rules.ts';

const haproxy = z
  .strictObject({
    kind: z.literal('haproxy').describe('HAProxy, steered through its runtime API.'),
    service: text('name').describe('The service that the traffic goes to.'),
    rule: z
      .enum(['lifeboat', 'automatic'])
      .describe(
        'lifeboat: only Lifeboat moves traffic between regions. automatic: health checks or backup servers do it first.',
      ),
    socket: text('filePath').describe('The runtime socket, at admin level.'),
    stateFile: text('filePath').describe('The server state file, so that a drain survives a reload.'),
    backend: text('haproxyName').describe('The backend whose servers are weighted.'),
    stats: text('url')
      .exactOptional()
      .describe(
        'The statistics of this HAProxy over HTTP (its `stats uri`), for those who cannot reach its socket: a service is withheld only when they show that no traffic is led to it. Without it no service behind this entry can be withheld.',
      ),
    door: text('url')
      .exactOptional()
      .describe(
        'An address behind this entrance as users reach it, whose answer needs the service and its store; an answer below 500 is good. Before a failover some requests are sent through it.',
      ),
    servers: z
      .record(text('name'), text('haproxyName').describe('The name of the server.'))
      .describe('The server of each region, region: server.'),
    shares: z
      .record(text('name'), z.int().min(0).max(100).describe('Whole percent.'))
      .describe('The share of each region in normal times, in percent; together 100.'),
  })
  .describe('Traffic that HAProxy leads.');

const entry = z.discriminatedUnion('kind', [haproxy]).describe('One entrance for traffic.');

export type Traffic = z.output<typeof entry>;
export type HaproxyTraffic = z.output<typeof haproxy>;

/** A share in whole percent by region. */
export type Shares = Traffic['shares'];

export const traffic = section({
  schema: z.record(text('name'), entry).default({}).describe('The entrances for traffic, by name.'),
  references: [
    { from: 'traffic.*.service', to: () => ['services'], what: 'a service' },
    { from: 'traffic.*.servers.#', to: () => ['regions'], what: 'a region' },
    { from: 'traffic.*.shares.#', to: () => ['regions'], what: 'a region' },
  ],
  rules: [sharesOfHundred, sameRegions, oneEntryPerBackend],
  queues: (estate, entries) => Object.keys(entries).map((name) => trafficQueue(estate, name)),
});
