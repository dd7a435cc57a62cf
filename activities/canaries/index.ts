/**
 * Canaries as steps: the last outage, which acknowledged canaries are absent elsewhere, and whether new ones read back.
 *
 * Must never happen: a canary counts as absent because nobody could be asked, or as present because its own region
 * answered; each question is asked of the named region alone, and without an answer there is no reading (I11).
 */
import { own } from '../../estate/lookup.ts';
import { passing, refusal } from '../../kernel/errors.ts';
import { missing, outage, readable } from '../../runbooks/steps/canaries.ts';
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
