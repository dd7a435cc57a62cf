/**
 * I1: a service is withheld only where no traffic is led to it, and made smaller only where what is led to it fits. Asked
 * by the agent of its region just before it acts, do and undo alike: the undo of a readmission withholds too.
 *
 * Must never happen: the only region that serves is withheld, or made too small for its users, by our own hand, because a
 * load balancer that leads to it was not looked at, or did not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '../../estate/schema.ts';
import { requestsToCarry, serviceOf } from '../../estate/services/questions.ts';
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

export interface Shrinking extends Place {
  /** How many are to run. */
  readonly workers: number;
  /** Requests per second that one of them was tested to carry. */
  readonly capacityPerWorker: number;
}

/**
 * Of fewer workers than there are: refused where an entrance gives the region more than its usual share, and more of the
 * peak than they carry. Pure; the usual workers are for the usual share, whatever the peak.
 * @throws LifeboatError `unsafe-scale`
 */
export function refuseTooSmall(
  estate: Estate,
  { service, region, workers, capacityPerWorker }: Shrinking,
  entrances: readonly Leading[],
): void {
  const needs = (share: number): number => requestsToCarry(serviceOf(estate, service), share);
  for (const { name, share } of entrances) {
    if (typeof share !== 'number') {
      throw tooSmall(
        `whether ${name} leads more than usual to ${service} in ${region} is not known: ${share.unknown}`,
        name,
        `See that its load balancer runs and that \`stats\` of ${name} in the estate file is its address, then retry. Is it gone for good, skip this step with that reason.`,
      );
    }
    const usual = estate.traffic[name]?.shares[region] ?? 0;
    if (share <= usual || needs(share) <= workers * capacityPerWorker) continue;
    throw tooSmall(
      `${name} leads ${share} % of its requests to ${region} (${usual} % as a rule), which may be ${needs(share)} requests/s, and ${workers} workers of ${service} carry ${workers * capacityPerWorker}`,
      name,
      `Give ${name} its usual shares first (\`run failback\` of the region that lacks them), then retry. Until then the workers stay.`,
    );
  }
}

function tooSmall(why: string, where: string, mend: string): LifeboatError {
  return refusal('unsafe-scale', `Refused (I1), nothing was changed: ${asClause(why)}.`, where, mend);
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
