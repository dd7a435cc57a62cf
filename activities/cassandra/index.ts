/**
 * Cassandra: what its ring says, a full repair across datacentres, and since when all is repaired.
 *
 *   jolokia.ts         control plane            ring.ts      who is up, schema, hints
 *   pinned-client.ts   CQL at one node          repair.ts    begin and follow; running.ts what runs now
 *   sessions.ts        pinned clients by node   history.ts   what was repaired; ranges.ts tokens
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { clusterOf, type NamedNode, nodeNamed, nodesInRegion } from '../../estate/cassandra/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import type { Secrets } from '../../host/secrets.ts';
import { passing, refusal } from '../../kernel/errors.ts';
import { type RepairArgs, type RepairReading, repair, repaired, ring } from '../../runbooks/steps/cassandra.ts';
import { asSeen, type Context, type Implementations, implement } from '../step-implementation.ts';
import { readHistory, readTables, readWholeRepair, repairedRanges } from './history.ts';
import { createJolokia, type Jolokia, STORAGE_SERVICE } from './jolokia.ts';
import type { PinnedClient } from './pinned-client.ts';
import { coveredCount, parseRingLine } from './ranges.ts';
import { repairNow, waitForRunning } from './repair.ts';
import { ringReading, viewOf, viewsOf } from './ring.ts';
import { type CqlSessions, createCqlSessions } from './sessions.ts';
import { refuseLate } from './too-late.ts';

export { type CqlSessions, createCqlSessions } from './sessions.ts';

export interface CassandraDependencies {
  readonly estate: Estate;
  readonly secrets: Secrets;
  /** Closed by who made it; without it, one of its own that lasts as long as the process. */
  readonly cql?: CqlSessions;
  readonly fetch?: typeof fetch;
}

/** A probe answers at once or not at all. */
const PROBE_TIMEOUT_MS = 1_000;
const CONTROL_TIMEOUT_MS = 10_000;
/** Cassandra writes its history after it calls a repair completed. */
const HISTORY_LIMIT_MS = 10_000;

export function createCassandraSteps({
  estate,
  secrets,
  cql = createCqlSessions({ estate, secrets }),
  fetch: ask = fetch,
}: CassandraDependencies): Implementations {
  async function jolokiaOf(cluster: string, timeoutMs: number): Promise<(one: NamedNode) => Jolokia> {
    const { username, password: reference } = clusterOf(estate, cluster).control;
    const password = await secrets.resolve(reference);
    return ({ name: node, control: url }) => createJolokia({ node, url, username, password, timeoutMs, fetch: ask });
  }

  async function toolsOf({ cluster, node, keyspace }: RepairArgs, context: Context) {
    const place = nodeNamed(estate, cluster, node);
    const jolokia = (await jolokiaOf(cluster, CONTROL_TIMEOUT_MS))(place);
    return { node, keyspace, jolokia, client: await cql.at(cluster, node, context.signal), context };
  }

  return {
    ...implement(ring, {
      async read({ cluster, region }, { signal }) {
        const nodes = nodesInRegion(estate, cluster, region).map((one) => ({ ...one, node: one.name }));
        if (nodes.length === 0) {
          throw refusal(
            'no-datacentre',
            `${cluster} has no datacentre in ${region}.`,
            `${cluster} in ${region}`,
            'Name a region that has one.',
          );
        }
        const members = await viewsOf(nodes, await jolokiaOf(cluster, PROBE_TIMEOUT_MS), signal);
        return ringReading(members, `${cluster} in ${region}`);
      },
      result: asSeen,
    }),
    ...implement(repair, {
      async read(args, context) {
        const { jolokia, client } = await toolsOf(args, context);
        return coverage(args, jolokia, client, context);
      },
      async act(args, context) {
        const tools = await toolsOf(args, context);
        const whole = async (): Promise<boolean> => isWhole(await coverage(args, tools.jolokia, tools.client, context));
        await waitForRunning(tools);
        if (await whole()) return;
        refuseLate(args, context.now());
        await repairNow(tools);
        const untilMs = performance.now() + HISTORY_LIMIT_MS;
        while (!(await whole()) && performance.now() < untilMs) await sleep(200, undefined, { signal: context.signal });
      },
      proven: (reading) => isWhole(reading) || `${reading.covered} of ${reading.ranges} ranges are repaired`,
      result: asSeen,
    }),
    ...implement(repaired, {
      async read({ cluster, node }, { signal }) {
        const client = await cql.at(cluster, node, signal);
        const names = Object.keys(clusterOf(estate, cluster).keyspaces);
        const found = await Promise.all(names.map(async (name) => [name, await readWholeRepair(client, name)]));
        return { keyspaces: Object.fromEntries(found) };
      },
      result: asSeen,
    }),
  };
}

function isWhole({ covered, ranges }: RepairReading): boolean {
  return covered === ranges;
}

/**
 * How many of the node's primary ranges this run's full repairs have covered. Compares Cassandra's clock with the run's
 * start: clocks that differ by more than the time between two runs would count an older repair.
 */
async function coverage(
  args: RepairArgs,
  jolokia: Jolokia,
  client: PinnedClient,
  { runStartedAt, signal }: Context,
): Promise<RepairReading> {
  const [view, described, tables, history] = await Promise.all([
    viewOf(args.node, jolokia, signal),
    jolokia.call(STORAGE_SERVICE, 'describeRingJMX(java.lang.String)', [args.keyspace], signal),
    readTables(client, args.keyspace),
    readHistory(client, args.keyspace, runStartedAt),
  ]);
  const ring = (z.array(z.string()).safeParse(described).data ?? []).flatMap((line) => parseRingLine(line) ?? []);
  if (ring.length === 0 || tables.length === 0) {
    throw passing(
      'ring-unclear',
      `${args.node} does not say how ${args.keyspace} is spread, or the keyspace has no table.`,
      `${args.keyspace} on ${args.node}`,
      'See that the keyspace in the estate file is there.',
    );
  }
  // None where the keyspace is not kept in the node's datacentre: then nothing is its to repair.
  const mine = ring.filter(({ replicas }) => replicas[0] === view.endpoint);
  return { covered: coveredCount(mine, repairedRanges(history, tables, runStartedAt)), ranges: mine.length };
}
