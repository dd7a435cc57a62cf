/**
 * A region that gives no good answer to those who ask, while its users are served: told as what it may be. A partition between
 * two regions looks the same to each as the death of the other, and only who stands outside can tell them apart.
 *
 * No figures: they move with every reading.
 */
import type { Evidence } from '../../kernel/plan/evidence.ts';
import type { ServiceReading } from '../steps/services.ts';

/** One sentence; `here`: what the region's services answered. */
export function cutOffWarnings(
  region: string,
  here: { readonly [service: string]: Evidence<ServiceReading> },
): string[] {
  const all = Object.values(here);
  const from = [...new Set(all.flatMap((one) => one.from ?? []))].sort().join(' and ');
  const asked = from === '' ? 'when asked' : `when asked from ${from}`;
  const served = 'its users’ requests are served, as its load balancer counts them';
  const pin = `Nothing need be moved; it is moved in steps, unless you say \`ungraceful=true\`.`;
  return all.some((one) => !one.ok)
    ? [
        `${region} does not answer ${asked}, but ${served}: the two may be cut off from each other, rather than one dead. ${pin}`,
      ]
    : [`${region} calls itself unhealthy ${asked}, but ${served}: its health page may be what is wrong. ${pin}`];
}
