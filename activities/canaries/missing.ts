/** Compares what was acknowledged in one region with what another holds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LifeboatError, passing } from '../../kernel/errors.ts';
import type { MissingReading } from '../../runbooks/steps/canaries.ts';
import type { Context } from '../step-implementation.ts';
import type { Acknowledged, CanaryPort } from './port.ts';

/** Canaries expire a day after they were written; an expired one would look lost. */
export const COMPARABLE_MS = 20 * 3_600_000;
/** The step answers within two seconds, or not at all. */
const LIMIT_MS = 1_900;
/** A write that was just acknowledged may still be on its way to the other datacentre. */
const SECOND_LOOK_MS = 200;

interface Question {
  readonly region: string;
  readonly seenFrom: string;
}

/** @throws LifeboatError `canary-not-comparable`, or why `seenFrom` cannot be asked (all may pass) */
export async function findMissing(
  port: CanaryPort,
  { region, seenFrom }: Question,
  context: Context,
): Promise<MissingReading> {
  const wanted = comparable(port.acknowledged(region), context.now());
  const checked = wanted.reduce((sum, { acks }) => sum + acks.length, 0);
  if (checked === 0) {
    throw passing(
      'canary-not-comparable',
      `No canary acknowledged in ${region} is recent enough to be looked for.`,
      region,
      'The data loss cannot be measured by canaries; compare the ledger of the product.',
    );
  }
  return within(LIMIT_MS, seenFrom, async () => {
    const first = await absentOf(port, seenFrom, wanted);
    if (first.length === 0) return { checked, missing: 0, oldestMissingAt: null, atLeast: false };
    await sleep(SECOND_LOOK_MS, undefined, { signal: context.signal });
    const absent = await absentOf(port, seenFrom, first);
    const times = absent.flatMap(({ acks }) => acks.map(({ at }) => at));
    return {
      checked,
      missing: times.length,
      oldestMissingAt: times.length === 0 ? null : Math.min(...times),
      atLeast: absent.some(({ id, acks }) => acks.length === wanted.find((one) => one.id === id)?.acks.length),
    };
  });
}

/** Of each canary all acknowledgements that were kept and can be compared now, however long ago the newest was. Pure. */
export function comparable(all: readonly Acknowledged[], now: number): Acknowledged[] {
  return all.flatMap(({ id, acks }) => {
    const recent = acks.filter(({ at }) => at >= now - COMPARABLE_MS);
    return recent.length === 0 ? [] : [{ id, acks: recent }];
  });
}

async function absentOf(port: CanaryPort, seenFrom: string, wanted: readonly Acknowledged[]): Promise<Acknowledged[]> {
  const found = await Promise.all(
    wanted.map(async ({ id, acks }) => {
      const seqs = acks.map(({ seq }) => seq);
      const present = new Set(await port.present(seenFrom, id, seqs));
      return { id, acks: acks.filter(({ seq }) => !present.has(seq)) };
    }),
  );
  return found.filter(({ acks }) => acks.length > 0);
}

async function within<T>(limitMs: number, where: string, work: () => Promise<T>): Promise<T> {
  const late = passing(
    'canary-slow',
    `${where} did not tell its canaries within ${limitMs} ms.`,
    where,
    'See whether its nodes are up and not overloaded.',
  );
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } catch (error) {
    throw LifeboatError.is(error) || error instanceof Error ? error : late;
  } finally {
    clearTimeout(timer);
  }
}
