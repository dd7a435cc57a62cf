/** The canaries in memory: they stand outside, and see which region answers and which rows are where. */
import { asSeen, implement, provenHealthy } from '../../../activities/step-implementation.ts';
import { canaryNamed } from '../../../estate/canaries/questions.ts';
import { passing } from '../../../kernel/errors.ts';
import { missing, outage, readable } from '../../../runbooks/steps/canaries.ts';
import { answers } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import type { CassandraState } from './cassandra/rows.ts';

export interface Outage {
  readonly firstFailureAt: number;
  readonly answeredAgainAt: number | null;
}

export interface CanariesState {
  /** By region. */
  readonly outages: Map<string, Outage>;
}

export const canaries: MemorySystem<CanariesState, CassandraState> = {
  create: () => ({ outages: new Map() }),

  steps: (world) => ({
    ...implement(outage, {
      async read({ region }) {
        return { firstFailureAt: null, answeredAgainAt: null, ...world.outages.get(region) };
      },
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
