/** The stateless services of a region: their health, their capacity, and whether they may serve at all. */
import { z } from 'zod';
import { controlQueue } from '../../estate/queues.ts';
import type { Estate } from '../../estate/schema.ts';
import { serviceQueue } from '../../estate/services/queues.ts';
import { READ, SHORT, type Step, step } from './contract.ts';
import { HealthReading } from './health.ts';
import { regionalScope } from './scopes.ts';

const Where = { service: z.string(), region: z.string() };

export const ServiceReading = HealthReading.extend({
  /** Whether its marker lets it serve; false after an unclean end until Lifeboat readmits it. */
  admitted: z.boolean(),
  workers: z.number().int().nonnegative(),
  /** Requests per second that one worker was tested to carry. */
  capacityPerWorker: z.number().positive(),
});
export type ServiceReading = z.infer<typeof ServiceReading>;

export const health = step({
  name: 'services.health',
  effect: 'read',
  args: z.strictObject(Where),
  result: ServiceReading,
  queue: (_, estate) => controlQueue(estate),
  limits: READ,
  say: ({ service, region }) => `Health and capacity of ${service} in ${region}`,
  example: ({ service, region }, estate, { dead, returned }) => {
    const there = estate.services[service]?.regions[region];
    if (!there || dead?.region === region) return null;
    const back = returned?.region === region;
    return {
      healthy: !back,
      why: back ? 'not admitted: it ended uncleanly' : 'serves',
      admitted: !back,
      // After a failover the region that stayed runs what carries the peak of all.
      workers: returned && !back ? Math.min(there.maxWorkers, there.workers + 1) : there.workers,
      capacityPerWorker: there.capacityPerWorker,
    };
  },
});

/** What every change of a service has in common: one scope and one queue per service and region. */
const CHANGE = {
  effect: 'change' as const,
  result: ServiceReading,
  scope: ({ service, region }: { service: string; region: string }, estate: Estate) =>
    regionalScope(estate, 'service', service, region),
  queue: ({ service, region }: { service: string; region: string }, estate: Estate) =>
    serviceQueue(estate, service, region),
  limits: SHORT,
  look: ({ service, region }: { service: string; region: string }) =>
    `the health page of ${service} in ${region}, and the log of its agent`,
};

const ScaleArgs = z.strictObject({ ...Where, workers: z.number().int().positive(), was: z.number().int().positive() });
export type ScaleArgs = z.infer<typeof ScaleArgs>;

export const scale: Step<ScaleArgs, ServiceReading> = step<ScaleArgs, ServiceReading>({
  name: 'services.scale',
  ...CHANGE,
  args: ScaleArgs,
  undo: (args) => scale({ ...args, workers: args.was, was: args.workers }),
  say: ({ service, region, workers, was }) => `Run ${service} in ${region} with ${workers} workers (now ${was})`,
});

const AdmissionArgs = z.strictObject(Where);
export type AdmissionArgs = z.infer<typeof AdmissionArgs>;

export const withhold: Step<AdmissionArgs, ServiceReading> = step<AdmissionArgs, ServiceReading>({
  name: 'services.withhold',
  ...CHANGE,
  args: AdmissionArgs,
  undo: (args) => readmit(args),
  say: ({ service, region }) => `Let ${service} in ${region} report itself unhealthy until it is readmitted`,
});

export const readmit: Step<AdmissionArgs, ServiceReading> = step<AdmissionArgs, ServiceReading>({
  name: 'services.readmit',
  ...CHANGE,
  args: AdmissionArgs,
  undo: (args) => withhold(args),
  say: ({ service, region }) => `Readmit ${service} in ${region}`,
});
