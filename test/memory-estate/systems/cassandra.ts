/** Cassandra in memory: the ring as its nodes see it, and a full repair that may be cut short and goes on. */
import type { Implementations, StepImplementation } from '../../../activities/define-activities.ts';
import { passing } from '../../../kernel/errors.ts';
import type { RepairArgs, RepairReading, RingReading } from '../../../runbooks/steps/cassandra.ts';
import { repairRows } from '../rows.ts';
import { answers, change, type World } from '../world.ts';

/** Primary ranges of a node; few, because none of the tests is about their number. */
const RANGES = 16;

export function cassandraSteps(world: World): Implementations {
  const ring: StepImplementation<{ cluster: string; region: string }, RingReading> = {
    async read({ cluster, region }) {
      if (!answers(world, region)) throw silent(`${cluster} in ${region}`);
      const members = [...world.nodes.values()].filter((node) => node.cluster === cluster && node.region === region);
      return {
        up: members.map(({ name }) => name),
        down: [],
        silent: [],
        schemaAgreed: true,
        pendingHints: world.hints.some(({ row }) => row.on.has(region)),
      };
    },
  };

  const key = (run: string, { keyspace, node }: RepairArgs): string => `${run}/${keyspace}.${node}`;
  const repair: StepImplementation<RepairArgs, RepairReading> = {
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
  };

  return { 'cassandra.ring': ring, 'cassandra.repair': repair };
}

function silent(what: string) {
  return passing('cassandra-unreachable', `${what} did not answer.`, what, 'Start it.');
}
