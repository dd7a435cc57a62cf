/** What stands outside both regions: canaries, the estate's proofs, and the view of other runs. */
import type { Implementations, StepImplementation } from '../../../activities/define-activities.ts';
import { passing } from '../../../kernel/errors.ts';
import type { MissingReading, OutageReading } from '../../../runbooks/steps/canaries.ts';
import { absentIn } from '../rows.ts';
import { answers, type World } from '../world.ts';

type Verdict = { readonly healthy: boolean; readonly why: string };

export function canarySteps(world: World): Implementations {
  const outage: StepImplementation<{ region: string }, OutageReading> = {
    async read({ region }) {
      return { firstFailureAt: null, answeredAgainAt: null, ...world.outages.get(region) };
    },
  };
  const missing: StepImplementation<{ canary: string; region: string; seenFrom: string }, MissingReading> = {
    async read({ canary, region, seenFrom }) {
      if (!answers(world, seenFrom)) {
        throw passing('canary-unreachable', `${seenFrom} did not answer.`, seenFrom, 'Look at it.');
      }
      const keyspace = world.estate.canaries[canary]?.keyspace;
      const mine = world.rows.filter((row) => row.keyspace === keyspace && row.acknowledgedIn === region);
      const absent = mine.filter(({ on }) => !on.has(seenFrom));
      return {
        checked: mine.length,
        missing: absent.length,
        oldestMissingAt: absent.length === 0 ? null : Math.min(...absent.map(({ at }) => at)),
      };
    },
  };
  const readable: StepImplementation<{ region: string }, Verdict> = {
    async read({ region }) {
      const healthy = answers(world, region);
      return { healthy, why: healthy ? 'read back' : `${region} did not answer` };
    },
    proven: ({ healthy, why }) => healthy || why,
  };
  return { 'canaries.outage': outage, 'canaries.missing': missing, 'canaries.readable': readable };
}

/** The estate's proofs by the last part of their URL, as the load client serves them. */
export function proofSteps(world: World): Implementations {
  const check: StepImplementation<{ url: string }, Verdict> = {
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
    proven: ({ healthy, why }) => healthy || why,
  };
  return { 'proofs.check': check };
}
