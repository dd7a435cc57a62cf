/** Cassandra in memory: the ring as its nodes see it, and a full repair that may be cut short and goes on. */
import { refuseLate } from '../../../../activities/cassandra/too-late.ts';
import { asSeen, implement } from '../../../../activities/step-implementation.ts';
import { clusterOf, nodeNamed, nodesInRegion, nodesOf } from '../../../../estate/cassandra/questions.ts';
import { passing } from '../../../../kernel/errors.ts';
import { type RepairArgs, repair, repaired, ring, type WholeRepair } from '../../../../runbooks/steps/cassandra.ts';
import { answers, change } from '../../ground.ts';
import type { MemorySystem } from '../../system.ts';
import { type CassandraState, type MemoryNode, repairRows } from './rows.ts';

/** Primary ranges of a node; few, because none of the tests is about their number. */
const RANGES = 16;
const TOOK_MS = 60_000;

export const cassandra: MemorySystem<CassandraState> = {
  create: (estate) => ({
    nodes: new Map(
      Object.keys(estate.cassandra).flatMap((cluster) =>
        nodesOf(estate, cluster).map(({ name, region }): [string, MemoryNode] => [name, { cluster, name, region }]),
      ),
    ),
    rows: [],
    hints: [],
    repairs: new Set(),
    history: [],
  }),

  steps(world) {
    const key = (run: string, { keyspace, node }: RepairArgs): string => `${run}/${keyspace}.${node}`;
    return {
      ...implement(ring, {
        async read({ cluster, region }) {
          if (!answers(world, region)) throw silent(`${cluster} in ${region}`);
          return {
            up: nodesInRegion(world.estate, cluster, region).map(({ name }) => name),
            down: [],
            silent: [],
            schemaAgreed: true,
            pendingHints: world.hints.some(({ row }) => row.on.has(region)),
          };
        },
        result: asSeen,
      }),
      ...implement(repair, {
        async read(args, { run }) {
          return { covered: world.repairs.has(key(run, args)) ? RANGES : 0, ranges: RANGES };
        },
        async act(args, context) {
          const node = world.nodes.get(args.node);
          if (!node || !answers(world, node.region)) throw silent(args.node);
          refuseLate(args, context.now());
          const lost = [...world.regions.keys()].find((region) => !answers(world, region));
          if (lost !== undefined) {
            throw passing('repair-refused', `Replicas in ${lost} do not answer.`, args.node, 'Start them, then retry.');
          }
          context.progress(0.5, `${args.keyspace}: half of the ranges`);
          change(world, context, `repair of ${args.keyspace} from ${args.node}`, () => {
            repairRows(world, args.keyspace, args.node);
            world.repairs.add(key(context.run, args));
            const { keyspace, node: name } = args;
            world.history.push({ keyspace, node: name, startedAt: context.now(), tookMs: TOOK_MS });
          });
        },
        proven: ({ covered, ranges }) => covered === ranges || `${covered} of ${ranges} ranges are covered`,
        result: asSeen,
      }),
      ...implement(repaired, {
        async read({ cluster, node }) {
          if (!answers(world, nodeNamed(world.estate, cluster, node).region)) throw silent(node);
          const members = nodesOf(world.estate, cluster).map(({ name }) => name);
          const { keyspaces } = clusterOf(world.estate, cluster);
          return {
            keyspaces: Object.fromEntries(
              Object.keys(keyspaces).map((keyspace) => [keyspace, wholeRepair(world, keyspace, members)]),
            ),
          };
        },
        result: asSeen,
      }),
    };
  },

  outcome: (world) => ({
    rows: world.rows.map(({ id, on }) => ({ id, on: [...on].sort() })),
    repairs: [...new Set([...world.repairs].map((one) => one.slice(one.lastIndexOf('/') + 1)))].sort(),
  }),
};

/** Of each node the newest: all of them together cover the ring. */
function wholeRepair({ history }: CassandraState, keyspace: string, nodes: readonly string[]): WholeRepair | null {
  const newest = nodes.map((node) => history.findLast((one) => one.keyspace === keyspace && one.node === node));
  const found = newest.filter((one) => one !== undefined);
  if (found.length < nodes.length) return null;
  const tookMs = found.reduce((sum, one) => sum + one.tookMs, 0);
  return { since: Math.min(...found.map(({ startedAt }) => startedAt)), tookMs };
}

function silent(what: string) {
  return passing('cassandra-unreachable', `${what} did not answer.`, what, 'Start it.');
}
