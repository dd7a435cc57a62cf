/**
 * The services of a region: health, worker count, and whether they may serve.
 *
 *   health.ts   asking, and reading the answer      admin.ts         the changes, with the token
 *   until-healthy.ts   patience after a readmission   withholding.ts   I1: nobody is led to what is withheld, or too small
 *
 * Each change is absolute (a count, a state) and read back through /health, so that it may run twice (I9).
 */

import type { Estate } from '../../estate/schema.ts';
import type { Secrets } from '../../host/secrets.ts';
import { asClause } from '../../kernel/errors.ts';
import { health, readmit, type ServiceReading, scale, withhold } from '../../runbooks/steps/services.ts';
import { asSeen, type Context, type Implementations, implement } from '../step-implementation.ts';
import { createAdmin } from './admin.ts';
import { type Place, readHealth } from './health.ts';
import { untilHealthy } from './until-healthy.ts';
import { readLeading, refuseLed, refuseTooSmall } from './withholding.ts';

export interface ServicesDependencies {
  readonly estate: Estate;
  readonly secrets: Secrets;
  readonly fetch?: typeof fetch;
}

export function createServicesSteps({ estate, secrets, fetch: ask = fetch }: ServicesDependencies): Implementations {
  const admin = createAdmin({ estate, secrets, fetch: ask });
  const read = (place: Place, { signal }: Context): Promise<ServiceReading> => readHealth(estate, place, signal, ask);

  return {
    ...implement(health, { read, result: asSeen }),
    ...implement(scale, {
      read,
      async act(args, { signal }) {
        // The count that runs now, not the planned one: somebody may have changed it meanwhile.
        const { workers, capacityPerWorker } = await readHealth(estate, args, signal, ask);
        if (args.workers < workers)
          refuseTooSmall(estate, { ...args, capacityPerWorker }, await readLeading(estate, args, signal, ask));
        await admin(args, 'workers', { count: args.workers }, signal);
      },
      proven: ({ workers }, args) => workers === args.workers || `it runs ${workers} workers, not ${args.workers}`,
      result: asSeen,
    }),
    ...implement(withhold, {
      read,
      async act(args, { signal }) {
        refuseLed(args, await readLeading(estate, args, signal, ask));
        await admin(args, 'withhold', {}, signal);
      },
      // "Not admitted" alone is also how an unclean end looks; planners tell the two apart by this word.
      proven: ({ admitted, why }) => (!admitted && why.includes('withheld')) || `it is not withheld (${asClause(why)})`,
      result: asSeen,
    }),
    ...implement(readmit, {
      read,
      async act(args, context) {
        await admin(args, 'readmit', {}, context.signal);
        // Its own look at its store is up to a second old.
        await untilHealthy(() => read(args, context), context);
      },
      proven: ({ admitted, healthy, why }) => (admitted && healthy) || `it is not fit to serve (${asClause(why)})`,
      result: asSeen,
    }),
  };
}
