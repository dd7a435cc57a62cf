/** Cassandra in memory: the ring as its nodes see it, and a full repair that may be cut short and goes on. */
import { asSeen, implement } from '../../../../activities/step-implementation.ts';
import { nodesInRegion, nodesOf } from '../../../../estate/cassandra/questions.ts';
import { passing } from '../../../../kernel/errors.ts';
import { type RepairArgs, repair, ring } from '../../../../runbooks/steps/cassandra.ts';
import { answers, change } from '../../ground.ts';
import type { MemorySystem } from '../../system.ts';
import { type CassandraState, type MemoryNode, repairRows } from './rows.ts';

/** Primary ranges of a node; few, because none of the tests is about their number. */
const RANGES = 16;

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
          const lost = [...world.regions.keys()].find((region) => !answers(world, region));
          if (lost !== undefined) {
            throw passing('repair-refused', `Replicas in ${lost} do not answer.`, args.node, 'Start them, then retry.');
          }
          context.progress(0.5, `${args.keyspace}: half of the ranges`);
          change(world, context, `repair of ${args.keyspace} from ${args.node}`, () => {
            repairRows(world, args.keyspace, args.node);
            world.repairs.add(key(context.run, args));
          });
        },
        proven: ({ covered, ranges }) => covered === ranges || `${covered} of ${ranges} ranges are covered`,
        result: asSeen,
      }),
    };
  },

  outcome: (world) => ({
    rows: world.rows.map(({ id, on }) => ({ id, on: [...on].sort() })),
    repairs: [...new Set([...world.repairs].map((one) => one.slice(one.lastIndexOf('/') + 1)))].sort(),
  }),
};

function silent(what: string) {
  return passing('cassandra-unreachable', `${what} did not answer.`, what, 'Start it.');
}
