/** The canaries in memory: they stand outside, and see which region answers and which rows are where. */
import { undisturbedSince } from '../../../activities/canaries/index.ts';
import { asSeen, implement, provenHealthy } from '../../../activities/step-implementation.ts';
import { canaryNamed } from '../../../estate/canaries/questions.ts';
import { passing } from '../../../kernel/errors.ts';
import {
  type Absence,
  missing,
  outage,
  readable,
  type Unwatched,
  undisturbed,
} from '../../../runbooks/steps/canaries.ts';
import { answers } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import type { CassandraState } from './cassandra/rows.ts';

export interface Outage {
  readonly firstFailureAt: number;
  readonly answeredAgainAt: number | null;
}

export interface CanariesState {
  /** The last one, by region. */
  readonly outages: Map<string, Outage>;
  /** What is remembered besides, by region: earlier outages, and nodes that were away for long. */
  readonly absences: Map<string, readonly Absence[]>;
  readonly unwatched: Map<string, Unwatched>;
}

export const canaries: MemorySystem<CanariesState, CassandraState> = {
  create: () => ({ outages: new Map(), absences: new Map(), unwatched: new Map() }),

  steps: (world) => ({
    ...implement(outage, {
      async read({ region }) {
        const { firstFailureAt = null, answeredAgainAt = null } = world.outages.get(region) ?? {};
        const unwatched = world.unwatched.get(region) ?? null;
        return { firstFailureAt, answeredAgainAt, remembered: rememberedOf(world, region), unwatched };
      },
      result: asSeen,
    }),
    ...implement(undisturbed, {
      async read(_, { runStartedAt }) {
        const begun = world.history.flatMap(({ startedAt }) => (startedAt >= runStartedAt ? [startedAt] : []));
        const seen = [...world.regions.keys()].map((region) => {
          return { region, remembered: rememberedOf(world, region), unwatched: world.unwatched.get(region) ?? null };
        });
        return undisturbedSince(begun.length === 0 ? [] : seen, Math.min(...begun));
      },
      proven: provenHealthy,
      result: asSeen,
    }),
    ...implement(missing, {
      async read({ canary, region, seenFrom }) {
        if (!answers(world, seenFrom)) {
          throw passing('canary-unreachable', `${seenFrom} did not answer.`, seenFrom, 'Look at it.');
        }
        const { keyspace } = canaryNamed(world.estate, canary);
        const mine = world.rows.filter((row) => row.keyspace === keyspace && row.acknowledgedIn === region);
        const absent = mine.filter(({ on }) => !on.has(seenFrom));
        return {
          checked: mine.length,
          missing: absent.length,
          oldestMissingAt: absent.length === 0 ? null : Math.min(...absent.map(({ at }) => at)),
          atLeast: absent.length > 0 && absent.length === mine.length,
        };
      },
      result: asSeen,
    }),
    ...implement(readable, {
      async read({ region }) {
        const healthy = answers(world, region);
        return { healthy, why: healthy ? 'read back' : `${region} did not answer` };
      },
      proven: provenHealthy,
      result: asSeen,
    }),
  }),

  outcome: () => ({}),
};

function rememberedOf(world: CanariesState, region: string): Absence[] {
  const last = world.outages.get(region);
  return [...(world.absences.get(region) ?? []), ...(last ? [{ ...last, node: null }] : [])];
}
