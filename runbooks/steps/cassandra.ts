/** Cassandra: what its ring says, a full repair across datacentres, and what it recorded of repairs itself. */
import { z } from 'zod';
import { clusterOf, nodesInRegion } from '../../estate/cassandra/questions.ts';
import { cassandraQueue } from '../../estate/cassandra/queues.ts';
import { controlQueue } from '../../estate/queues.ts';
import { LONG, READ, SECOND_MS, step } from './contract.ts';
import { spanningScope } from './scopes.ts';

export const RingReading = z.strictObject({
  /** Node names of the region, as its own nodes see them. */
  up: z.array(z.string()),
  down: z.array(z.string()),
  /** Nodes of the region whose control plane did not answer. */
  silent: z.array(z.string()),
  schemaAgreed: z.boolean(),
  /** Whether any node of the region holds hints for others that were not delivered yet. */
  pendingHints: z.boolean(),
});
export type RingReading = z.infer<typeof RingReading>;

export const ring = step({
  name: 'cassandra.ring',
  effect: 'read',
  args: z.strictObject({ cluster: z.string(), region: z.string() }),
  result: RingReading,
  queue: (_, estate) => controlQueue(estate),
  limits: READ,
  say: ({ cluster, region }) => `Ring, schema agreement and pending hints of ${cluster} in ${region}`,
  example: ({ cluster, region }, estate, { dead }) => {
    if (dead?.region === region) return null;
    const up = nodesInRegion(estate, cluster, region).map(({ name }) => name);
    return { up, down: [], silent: [], schemaAgreed: true, pendingHints: dead !== undefined };
  },
});

const RepairArgs = z.strictObject({
  cluster: z.string(),
  node: z.string(),
  keyspace: z.string(),
  /**
   * When the earliest write that a replica may have missed is gc_grace old, in milliseconds since 1970: a repair that begins
   * then or later brings deleted rows back, however long its run has waited for people.
   */
  before: z.number().int(),
});
export type RepairArgs = z.infer<typeof RepairArgs>;

export const RepairReading = z.strictObject({
  /** Primary ranges of the node that a full repair begun in this run has covered, of all. */
  covered: z.number().int().nonnegative(),
  ranges: z.number().int().nonnegative(),
});
export type RepairReading = z.infer<typeof RepairReading>;

/**
 * A full (not incremental) repair of the node's primary ranges across all datacentres. One after the other on every
 * node, this covers each range of the ring exactly once.
 */
export const repair = step<RepairArgs, RepairReading>({
  name: 'cassandra.repair',
  effect: 'change',
  args: RepairArgs,
  result: RepairReading,
  scope: ({ cluster }, estate) => spanningScope(estate, 'cassandra', cluster),
  queue: ({ cluster, node }, estate) => cassandraQueue(estate, cluster, node),
  limits: LONG,
  undo: () => ({ irreversible: 'a repair only gives a replica the writes that another replica holds' }),
  look: ({ node, keyspace }) =>
    `${node}: its log, \`nodetool netstats\`, and \`system_distributed.repair_history\` of ${keyspace}`,
  say: ({ node, keyspace }) => `Full repair of ${keyspace} from ${node}, across datacentres`,
});

export const WholeRepair = z.strictObject({
  /** When the first of the newest full repairs began that together cover the whole ring: what was over by then is repaired. */
  since: z.number(),
  /** How long they took, one after the other, in milliseconds. */
  tookMs: z.number().nonnegative(),
});
export type WholeRepair = z.infer<typeof WholeRepair>;

export const RepairedReading = z.strictObject({
  /** By keyspace of the estate; null where no full repair of the whole ring is on record. */
  keyspaces: z.record(z.string(), WholeRepair.nullable()),
});
export type RepairedReading = z.infer<typeof RepairedReading>;

/** Cassandra's own record (`system_distributed.parent_repair_history`, kept for 30 days), never a note of ours. */
export const repaired = step({
  name: 'cassandra.repaired',
  effect: 'read',
  args: z.strictObject({ cluster: z.string(), node: z.string() }),
  result: RepairedReading,
  // Only an agent may speak CQL to the cluster.
  queue: ({ cluster, node }, estate) => cassandraQueue(estate, cluster, node),
  // It scans a table that may be large.
  limits: { ...READ, startToClose: 10 * SECOND_MS },
  say: ({ cluster, node }) => `Since when ${cluster} is wholly repaired, by the record that ${node} reads`,
  example: ({ cluster }, estate) => ({
    keyspaces: Object.fromEntries(Object.keys(clusterOf(estate, cluster).keyspaces).map((name) => [name, null])),
  }),
});
