/**
 * Canaries as steps: the last outage, which acknowledged canaries are absent elsewhere, and whether new ones read back.
 *
 * Must never happen: a canary counts as absent because nobody could be asked, or as present because its own region
 * answered; each question is asked of the named region alone, and without an answer there is no reading (I11).
 */
import { passing, refusal } from '../../kernel/errors.ts';
import type { MissingReading, OutageReading } from '../../runbooks/steps/canaries.ts';
import type { Context, Implementations, StepImplementation } from '../define-activities.ts';
import { type Acknowledged, findMissing } from './missing.ts';

/** What a canary process knows and can do; `worker/canary/` has the real one. */
export interface CanaryPort {
  readonly regions: readonly string[];
  outage(region: string): OutageReading;
  /** What was acknowledged through the coordinators of a region, newest last. */
  acknowledged(region: string): readonly Acknowledged[];
  /**
   * Sequence numbers of a canary from `from` to `to` that a local quorum of that region holds.
   * @throws LifeboatError (may pass) when it cannot be asked
   */
  present(region: string, id: string, from: number, to: number): Promise<readonly number[]>;
  /** Names of the canaries of each of the region's coordinators. */
  coordinators(region: string): readonly { readonly node: string; readonly ids: readonly string[] }[];
  /** Writes the canary's next number through its coordinator and reads it back there at LOCAL_QUORUM. */
  writeAndRead(id: string): Promise<boolean>;
}

export interface CanariesDependencies {
  /** By the canary's name in the estate file. */
  readonly canaries: { readonly [name: string]: CanaryPort };
}

interface InRegion {
  readonly canary: string;
  readonly region: string;
}

export function createCanariesSteps({ canaries }: CanariesDependencies): Implementations {
  function portOf({ canary }: { canary: string }, ...regions: readonly string[]): CanaryPort {
    const port = Object.hasOwn(canaries, canary) ? canaries[canary] : undefined;
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

  const outage: StepImplementation<InRegion, OutageReading> = {
    async read(args) {
      return portOf(args, args.region).outage(args.region);
    },
  };

  const missing: StepImplementation<InRegion & { readonly seenFrom: string }, MissingReading> = {
    read: (args, context) => findMissing(portOf(args, args.region, args.seenFrom), args, context),
  };

  const readable: StepImplementation<InRegion, { healthy: boolean; why: string }> = {
    read: (args, context) => readBack(portOf(args, args.region), args.region, context),
    proven: ({ healthy, why }) => healthy || why,
  };

  return { 'canaries.outage': outage, 'canaries.missing': missing, 'canaries.readable': readable };
}

async function readBack(
  port: CanaryPort,
  region: string,
  { signal }: Context,
): Promise<{ healthy: boolean; why: string }> {
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
