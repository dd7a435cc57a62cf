/** The estate's proofs in memory, by the last part of their URL, as the load client serves them. */
import { asSeen, implement, provenHealthy } from '../../../activities/step-implementation.ts';
import { check } from '../../../runbooks/steps/proofs.ts';
import { answers } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import { absentIn, type CassandraState } from './cassandra/rows.ts';

export const proofs: MemorySystem<object, CassandraState> = {
  create: () => ({}),

  steps: (world) =>
    implement(check, {
      async read({ url }) {
        if (url.endsWith('/readable')) {
          const serving = [...world.regions.keys()].filter((region) => answers(world, region));
          const healthy = serving.some(
            (region) => world.rows.length === 0 || world.rows.some(({ on }) => on.has(region)),
          );
          return { healthy, why: healthy ? 'read back' : 'no row can be read' };
        }
        const lost = [...world.regions.keys()].reduce((sum, region) => sum + absentIn(world, region).length, 0);
        return { healthy: lost === 0, why: `${lost} acknowledged writes are absent` };
      },
      proven: provenHealthy,
      result: asSeen,
    }),

  outcome: () => ({}),
};
