/**
 * I1: a service is withheld only where no traffic is led to it. Asked by the agent of its region just before it acts, do
 * and undo alike: the undo of a readmission withholds too.
 *
 * Must never happen: the only region that serves is withheld by our own hand, because a load balancer that leads to it
 * was not looked at, or did not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '../../estate/schema.ts';
import { trafficOf } from '../../estate/traffic/questions.ts';
import { asClause, LifeboatError, refusal } from '../../kernel/errors.ts';
import { readShare } from '../traffic/stats-page.ts';
import type { Place } from './health.ts';

/** A load balancer that is being reloaded is asked again; one that is gone must not take the step's whole limit. */
const TRIES = 3;
const PAUSE_MS = 500;

export interface Leading {
  readonly name: string;
  /** Percent of its new requests that the region is given, or why it is not known. */
  readonly share: number | { readonly unknown: string };
}

/** @throws LifeboatError `unsafe-withhold` */
export function refuseLed({ service, region }: Place, entrances: readonly Leading[]): void {
  const blind = entrances.find(({ share }) => typeof share !== 'number');
  const led = entrances.find(({ share }) => typeof share === 'number' && share > 0);
  if (led) {
    throw unsafe(
      `${led.name} still leads ${typeof led.share === 'number' ? led.share : ''} % of its requests to ${service} in ${region}`,
      led.name,
      `Drain ${region} at ${led.name} first (\`run failover from=${region}\` moves all its traffic), then retry. If it must go on serving, skip this step with that reason.`,
    );
  }
  if (blind && typeof blind.share !== 'number') {
    throw unsafe(
      `whether ${blind.name} leads to ${service} in ${region} is not known: ${blind.share.unknown}`,
      blind.name,
      `See that its load balancer runs and that \`stats\` of ${blind.name} in the estate file is its address, then retry. If it is gone for good, skip this step with that reason: it leads nowhere any more.`,
    );
  }
}

function unsafe(why: string, where: string, mend: string): LifeboatError {
  return refusal('unsafe-withhold', `Refused (I1), nothing was changed: ${asClause(why)}.`, where, mend);
}

/** Reads every load balancer that leads to the service there. Rejects only when it is aborted. */
export async function readLeading(
  estate: Estate,
  { service, region }: Place,
  signal: AbortSignal,
  ask: typeof fetch,
): Promise<Leading[]> {
  const entrances = trafficOf(estate, region).filter(({ traffic }) => traffic.service === service);
  return Promise.all(
    entrances.map(async ({ name, traffic: { stats, ...rest } }) => {
      if (stats === undefined)
        return { name, share: { unknown: 'the estate file does not say where its `stats` are' } };
      const traffic = { ...rest, stats };
      return { name, share: await patiently(() => readShare(traffic, region, signal, ask), signal) };
    }),
  );
}

async function patiently(read: () => Promise<number>, signal: AbortSignal): Promise<Leading['share']> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await read();
    } catch (error) {
      if (!LifeboatError.is(error)) throw error;
      if (tried === TRIES || !error.retryable) return { unknown: asClause(error.message) };
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
