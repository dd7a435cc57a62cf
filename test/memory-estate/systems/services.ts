/** Services in memory: health, workers, and the marker that lets them serve. */
import type { Implementations, StepImplementation } from '../../../activities/define-activities.ts';
import { passing } from '../../../kernel/errors.ts';
import type { ScaleArgs, ServiceReading } from '../../../runbooks/steps/services.ts';
import { answers, change, fitness, type MemoryService, type World } from '../world.ts';

interface Place {
  readonly service: string;
  readonly region: string;
}

export function servicesSteps(world: World): Implementations {
  const read = async (place: Place): Promise<ServiceReading> => readingOf(world, reach(world, place));

  const health: StepImplementation<Place, ServiceReading> = { read };

  const scale: StepImplementation<ScaleArgs, ServiceReading> = {
    read,
    async act(args, context) {
      const one = reach(world, args);
      change(world, context, `${args.service} in ${args.region}: ${args.workers} workers`, () => {
        one.workers = args.workers;
      });
    },
    proven: ({ workers }, args) => workers === args.workers || `it runs ${workers} workers`,
  };

  const admit = (to: 'admitted' | 'withheld'): StepImplementation<Place, ServiceReading> => ({
    read,
    async act(place, context) {
      const one = reach(world, place);
      change(world, context, `${place.service} in ${place.region}: ${to}`, () => {
        one.admission = to;
      });
    },
    proven: ({ admitted, healthy, why }) =>
      (to === 'admitted' ? admitted && healthy : !admitted && why.includes('withheld')) || `it says: ${why}`,
  });

  return {
    'services.health': health,
    'services.scale': scale,
    'services.withhold': admit('withheld'),
    'services.readmit': admit('admitted'),
  };
}

function reach(world: World, { service, region }: Place): MemoryService {
  const one = world.services.get(`${service}@${region}`);
  if (one && answers(world, region)) return one;
  throw passing('service-unreachable', `${service} in ${region} did not answer.`, region, 'Start it.');
}

function readingOf(world: World, one: MemoryService): ServiceReading {
  const fit = fitness(world, one.service, one.region);
  return {
    healthy: fit === true,
    why: fit === true ? 'serving' : fit,
    admitted: one.admission === 'admitted',
    workers: one.workers,
    capacityPerWorker: one.capacityPerWorker,
  };
}
