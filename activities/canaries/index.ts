/**
 * Canaries as steps: the outages, whether one broke into a repair, which acknowledged canaries are absent elsewhere, and
 * whether new ones read back.
 *
 * Must never happen: a canary counts as absent because nobody could be asked, or as present because its own region
 * answered; each question is asked of the named region alone, and without an answer there is no reading (I11).
 */
import { own } from '../../estate/lookup.ts';
import { passing, refusal } from '../../kernel/errors.ts';
import { missing, type OutageReading, outage, readable, undisturbed } from '../../runbooks/steps/canaries.ts';
import type { HealthReading } from '../../runbooks/steps/health.ts';
import { asSeen, type Context, type Implementations, implement, provenHealthy } from '../step-implementation.ts';
import { findMissing } from './missing.ts';
import type { CanaryPort } from './port.ts';

export interface CanariesDependencies {
  /** By the canary's name in the estate file. */
  readonly canaries: { readonly [name: string]: CanaryPort };
}

export function createCanariesSteps({ canaries }: CanariesDependencies): Implementations {
  function portOf({ canary }: { canary: string }, ...regions: readonly string[]): CanaryPort {
    const port = own(canaries, canary);
    if (!port)
      throw refusal(
        'unknown-canary',
        `This process has no canary ${canary}.`,
        canary,
        'Start it with the name that the estate file says.',
      );
    const unknown = regions.find((region) => !port.regions.includes(region));
    if (unknown === undefined) return port;
    throw refusal(
      'unknown-region',
      `${canary} has no coordinator in ${unknown}.`,
      unknown,
      `It has ${port.regions.join(', ')}.`,
    );
  }

  return {
    ...implement(outage, {
      async read(args) {
        return portOf(args, args.region).outage(args.region);
      },
      result: asSeen,
    }),
    ...implement(undisturbed, {
      read: (args, context) => disturbance(portOf(args), context),
      proven: provenHealthy,
      result: asSeen,
    }),
    ...implement(missing, {
      read: (args, context) => findMissing(portOf(args, args.region, args.seenFrom), args, context),
      result: asSeen,
    }),
    ...implement(readable, {
      read: (args, context) => readBack(portOf(args, args.region), args.region, context),
      proven: provenHealthy,
      result: asSeen,
    }),
  };
}

/** By the cluster's own record of when this run's repair began: what was over by then, the repair covers. */
async function disturbance(port: CanaryPort, { runStartedAt }: Context): Promise<HealthReading> {
  const repairedSince = await port.firstRepair(runStartedAt);
  if (repairedSince === null) return { healthy: true, why: 'no repair was begun in this run' };
  return undisturbedSince(
    port.regions.map((region) => ({ region, ...port.outage(region) })),
    repairedSince,
  );
}

/** Whether no outage lasted into the repair that began then, or began after it, and somebody watched. Pure. */
export function undisturbedSince(
  regions: readonly (Pick<OutageReading, 'remembered' | 'unwatched'> & { readonly region: string })[],
  repairedSince: number,
): HealthReading {
  const later = (to: number | null): boolean => to === null || to > repairedSince;
  const named = (still: boolean): string =>
    [
      ...new Set(
        regions.flatMap(({ region, remembered }) =>
          remembered
            .filter(({ answeredAgainAt: to }) => (to === null) === still && later(to))
            .map(({ node }) => (node === null ? region : `${node} in ${region}`)),
        ),
      ),
    ].join(', ');
  const [still, away] = [named(true), named(false)];
  const blind = regions.flatMap(({ region, unwatched }) => (unwatched !== null && later(unwatched.to) ? [region] : []));
  const why = [
    ...(still === ''
      ? []
      : [
          `${still} acknowledges no canary still: see why its nodes answer no queries (\`status\` names them), mend that, then abort and run failback again, which repairs anew (a replan does not)`,
        ]),
    ...(away === ''
      ? []
      : [`${away} was away after the repair had begun: abort, and run failback again, which repairs anew`]),
    ...(blind.length > 0
      ? [
          `the canary did not watch ${blind.join(', ')} for hours of it: see in its nodes' logs that none was away, then skip`,
        ]
      : []),
  ];
  return why.length === 0
    ? { healthy: true, why: 'no outage since the repair began' }
    : { healthy: false, why: why.join('; ') };
}

async function readBack(port: CanaryPort, region: string, { signal }: Context): Promise<HealthReading> {
  const coordinators = port.coordinators(region);
  if (coordinators.length === 0) {
    throw passing(
      'canary-not-writing',
      `No canary of ${region} is being written yet.`,
      region,
      'Wait until the canary process has reached the cluster once.',
    );
  }
  const outcomes = await Promise.all(
    coordinators.map(async ({ node, ids }) => {
      const read = await Promise.all(ids.map((id) => port.writeAndRead(id).catch(() => false)));
      return { node, good: read.filter((one) => one).length, of: ids.length };
    }),
  );
  signal.throwIfAborted();
  const bad = outcomes.filter(({ good, of }) => good < of || of === 0);
  const nodes = outcomes.map(({ node }) => node).join(', ');
  const count = outcomes.reduce((sum, { of }) => sum + of, 0);
  return bad.length === 0
    ? { healthy: true, why: `${count} new canaries read back through ${nodes}` }
    : {
        healthy: false,
        why: bad.map(({ node, good, of }) => `${node}: ${good} of ${of} new canaries read back`).join('; '),
      };
}
