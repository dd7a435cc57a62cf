/**
 * The Cassandra clusters: who may talk to them, which nodes stand in which region, and how often each keyspace is kept.
 *
 * A loss of one region must leave every keyspace with at least two copies elsewhere; a file that says otherwise is
 * refused here, before a disaster shows it.
 */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { positiveDuration, secretReference, text } from '../file/shapes.ts';
import { cassandraQueue } from './queues.ts';
import {
  controlAddresses,
  copiesEverywhere,
  copiesWithinNodes,
  nodeAddresses,
  oneDatacentrePerRegion,
  uniqueNodeNames,
} from './rules.ts';

const login = (whose: string) =>
  z
    .strictObject({
      username: text('words').describe('The user name.'),
      password: secretReference('The password.'),
    })
    .describe(whose);

const node = z
  .strictObject({
    address: text('host').describe('The address that clients and the other nodes reach it at.'),
    port: z.int().min(1).max(65_535).default(9042).describe('The port of the native protocol.'),
    rack: text('datacentre').describe('The rack, as the snitch reports it.'),
    control: text('url').describe('The address of Jolokia on this node.'),
  })
  .describe('One node.');

const datacentre = z
  .strictObject({
    region: text('name').describe('The region that the datacentre stands in.'),
    nodes: z.record(text('name'), node).describe('The nodes, by a name that is unique in the cluster.'),
  })
  .describe('One datacentre of the cluster.');

const keyspace = z
  .strictObject({
    replication: z
      .record(text('datacentre'), z.int().min(1).describe('The number of copies.'))
      .describe('Copies in each datacentre of the cluster; at least two, at most one for each node.'),
    gcGrace: positiveDuration('The shortest gc_grace of its tables: a longer outage refuses a plain failback.'),
  })
  .describe('One keyspace.');

const cluster = z
  .strictObject({
    credentials: login('The account for queries, through the native protocol.'),
    control: login('The account of Jolokia, which steers the nodes.'),
    datacentres: z
      .record(text('datacentre'), datacentre)
      .describe('The datacentres, named as the snitch reports them.'),
    keyspaces: z.record(text('keyspace'), keyspace).describe('The keyspaces that must survive.'),
  })
  .describe('One Cassandra cluster.');

export type CassandraCluster = z.output<typeof cluster>;
export type CassandraDatacentre = z.output<typeof datacentre>;
export type CassandraNode = z.output<typeof node>;
export type Keyspace = z.output<typeof keyspace>;

export const cassandra = section({
  schema: z.record(text('name'), cluster).default({}).describe('The Cassandra clusters, by name.'),
  references: [
    { from: 'cassandra.*.datacentres.*.region', to: () => ['regions'], what: 'a region' },
    {
      from: 'cassandra.*.keyspaces.*.replication.#',
      to: ({ captures }) => ['cassandra', String(captures[0]), 'datacentres'],
      what: 'a datacentre of this cluster',
    },
  ],
  rules: [
    uniqueNodeNames,
    oneDatacentrePerRegion,
    copiesEverywhere,
    copiesWithinNodes,
    nodeAddresses,
    controlAddresses,
  ],
  queues: (estate, clusters) =>
    Object.entries(clusters).flatMap(([name, { datacentres }]) =>
      Object.values(datacentres).flatMap(({ nodes }) =>
        Object.keys(nodes).map((one) => cassandraQueue(estate, name, one)),
      ),
    ),
});
