/** What one asks of an estate's services. Pure; a name that is not there is refused with the nearest (I12). */
import { refusal } from '../../kernel/errors.ts';
import { offer, sayName } from '../file/words.ts';
import { own, required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Service, ServiceRegion } from './section.ts';

/** @throws refusal `unknown-service` */
export function serviceOf(estate: Estate, service: string): Service {
  return required(estate.services, service, 'service');
}

/** The service in a region, or undefined if it does not run there. @throws refusal `unknown-service` */
export function serviceInRegion(estate: Estate, service: string, region: string): ServiceRegion | undefined {
  return own(serviceOf(estate, service).regions, region);
}

/** The service in a region. @throws refusal `unknown-service`, `unknown-service-region` */
export function serviceAt(estate: Estate, service: string, region: string): ServiceRegion {
  const there = serviceInRegion(estate, service, region);
  if (there !== undefined) return there;
  throw refusal(
    'unknown-service-region',
    `${sayName(service)} does not run in ${sayName(region)}`,
    'estate',
    offer(region, Object.keys(serviceOf(estate, service).regions)),
  );
}

/** The names of the services that run in a region. */
export function servicesIn(estate: Estate, region: string): string[] {
  return Object.keys(estate.services).filter((name) => serviceInRegion(estate, name, region) !== undefined);
}

/** Above the last peak, so that the move itself and its retries fit: AWS ARC and Dropbox size alike (facts/platform.md). */
export const HEADROOM = 1.2;

/** Requests per second that a region must be able to carry with this share of all, in percent: of the peak, with headroom. */
export function requestsToCarry({ peak }: Service, share = 100): number {
  return Math.ceil((peak * HEADROOM * share) / 100);
}
