/** Services in memory: health, workers, and the marker that lets them serve. */

import { refuseLed, refuseTooSmall } from '../../../activities/services/withholding.ts';
import { asSeen, implement, type StepImplementation } from '../../../activities/step-implementation.ts';
import { passing } from '../../../kernel/errors.ts';
import { health, readmit, type ServiceReading, scale, withhold } from '../../../runbooks/steps/services.ts';
import { answers, change, type Ground } from '../ground.ts';
import type { MemorySystem } from '../system.ts';
import { fitness, leadingTo, type MemoryService, type ServicesState, type TrafficState } from './serving.ts';

interface Place {
  readonly service: string;
  readonly region: string;
}

export const services: MemorySystem<ServicesState, TrafficState> = {
  create: (estate) => ({
    services: new Map(
      Object.entries(estate.services).flatMap(([service, { regions }]) =>
        Object.entries(regions).map(([region, { workers, capacityPerWorker }]): [string, MemoryService] => [
          `${service}@${region}`,
          { service, region, workers, capacityPerWorker, admission: 'admitted' },
        ]),
      ),
    ),
  }),

  steps(world) {
    const read = async (place: Place): Promise<ServiceReading> => readingOf(world, reach(world, place));
    const admit = (to: 'admitted' | 'withheld'): StepImplementation<Place, ServiceReading, ServiceReading> => ({
      read,
      async act(place, context) {
        const one = reach(world, place);
        if (to === 'withheld') refuseLed(place, leadingTo(world, place));
        change(world, context, `${place.service} in ${place.region}: ${to}`, () => {
          one.admission = to;
        });
      },
      proven: ({ admitted, healthy, why }) =>
        (to === 'admitted' ? admitted && healthy : !admitted && why.includes('withheld')) || `it says: ${why}`,
      result: asSeen,
    });
    return {
      ...implement(health, { read, result: asSeen }),
      ...implement(scale, {
        read,
        async act(args, context) {
          const one = reach(world, args);
          const { capacityPerWorker } = one;
          if (args.workers < one.workers)
            refuseTooSmall(world.estate, { ...args, capacityPerWorker }, leadingTo(world, args));
          change(world, context, `${args.service} in ${args.region}: ${args.workers} workers`, () => {
            one.workers = args.workers;
          });
        },
        proven: ({ workers }, args) => workers === args.workers || `it runs ${workers} workers`,
        result: asSeen,
      }),
      ...implement(withhold, admit('withheld')),
      ...implement(readmit, admit('admitted')),
    };
  },

  outcome: (world) => ({
    services: Object.fromEntries(
      [...world.services].map(([key, { workers, admission }]) => [key, { workers, admission }]),
    ),
  }),
};

function reach(world: Ground & ServicesState, { service, region }: Place): MemoryService {
  const one = world.services.get(`${service}@${region}`);
  if (one && answers(world, region)) return one;
  throw passing('service-unreachable', `${service} in ${region} did not answer.`, region, 'Start it.');
}

function readingOf(world: Ground & ServicesState, one: MemoryService): ServiceReading {
  const fit = fitness(world, one.service, one.region);
  return {
    healthy: fit === true,
    why: fit === true ? 'serving' : fit,
    admitted: one.admission === 'admitted',
    workers: one.workers,
    capacityPerWorker: one.capacityPerWorker,
  };
}
