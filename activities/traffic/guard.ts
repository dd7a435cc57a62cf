/**
 * I1: never zero serving regions by our own hand, and traffic goes only where health has been shown. Asked before every
 * change of shares, do and undo alike: an undo must not send traffic back to a region that has died since.
 */
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Shares, TrafficSetting } from '../../runbooks/steps/traffic.ts';

export interface GuardInput {
  readonly traffic: string;
  readonly to: TrafficSetting;
  /** Shares at this moment. */
  readonly now: Shares;
  /** Regions that the load balancer can lead to. */
  readonly known: readonly string[];
  /** Why a region is not fit to serve right now, or true: what it says of itself, and what the load balancer does. */
  readonly fit: (region: string) => Promise<true | string>;
}

/** @throws LifeboatError `unsafe-traffic` */
export async function refuseUnsafe({ traffic, to, now, known, fit }: GuardInput): Promise<void> {
  const refused = unsafeShape(to, known);
  if (refused !== undefined) throw unsafe(traffic, refused);
  // A region whose share does not rise may be unhealthy: it is being left.
  const rising = Object.keys(to.shares).filter((region) => (to.shares[region] ?? 0) > (now[region] ?? 0));
  const verdicts = await Promise.all(rising.map(async (region) => ({ region, verdict: await fit(region) })));
  for (const { region, verdict } of verdicts) {
    if (verdict !== true) throw unsafe(traffic, `${region} is not fit to serve: ${verdict}`);
  }
}

/** What is wrong with the setting as such, or undefined. Pure. */
export function unsafeShape(to: TrafficSetting, known: readonly string[]): string | undefined {
  const shares = Object.entries(to.shares);
  const stranger = [...shares.map(([region]) => region), ...to.drained].find((region) => !known.includes(region));
  if (stranger !== undefined) return `there is no server in ${stranger}`;
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (sum !== 100) return `its shares sum to ${sum} %, not 100 %`;
  const both = shares.find(([region, share]) => share > 0 && to.drained.includes(region));
  if (both) return `${both[0]} would be drained and have ${both[1]} %`;
  return undefined;
}

function unsafe(traffic: string, why: string): LifeboatError {
  return refusal(
    'unsafe-traffic',
    `Refused (I1), nothing was changed: ${why}.`,
    traffic,
    'Send traffic only to regions that are healthy; mend the region first, or plan again.',
  );
}
