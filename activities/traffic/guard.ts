/**
 * I1: never zero serving regions by our own hand, and traffic goes only where health has been shown. Asked before every
 * change of shares, do and undo alike: an undo must not send traffic back to a region that has died since.
 */
import { asClause, type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { TrafficSetting } from '../../runbooks/steps/traffic.ts';

export interface GuardInput {
  readonly traffic: string;
  readonly to: TrafficSetting;
  /** Shares and drains at this moment. */
  readonly now: TrafficSetting;
  /** Regions that the load balancer can lead to. */
  readonly known: readonly string[];
  /** Why a region is not fit to serve right now, or true: what it says of itself, and what the load balancer does. */
  readonly fit: (region: string) => Promise<true | string>;
}

/** @throws LifeboatError `unsafe-traffic` */
export async function refuseUnsafe({ traffic, to, now, known, fit }: GuardInput): Promise<void> {
  const refused = unsafeShape(to, known);
  if (refused !== undefined) throw unsafe(traffic, refused);
  const serving = Object.keys(to.shares).filter((region) => share(to, region) > 0);
  // A region whose share does not rise may be unhealthy: it is being left.
  const rising = serving.filter((region) => share(to, region) > share(now, region));
  const verdicts = await Promise.all(rising.map(judged));
  const unfit = verdicts.find(({ verdict }) => verdict !== true);
  if (unfit) throw unsafe(traffic, `${unfit.region} is not fit to serve: ${unfit.verdict}`);
  // A share tells what is set, not who answers: a backup of share 0 serves while the active one is down, and split shares
  // that cannot be given read back as 100 %. So a drain that nobody gains from is asked about, too.
  const drained = to.drained.filter((region) => !now.drained.includes(region));
  if (rising.length > 0 || drained.length === 0) return;
  const left = await Promise.all(serving.map(judged));
  if (left.some(({ verdict }) => verdict === true)) return;
  const why = left.map(({ region, verdict }) => `${region} is not fit to serve: ${verdict}`).join('; ');
  throw unsafe(traffic, `${drained.join(' and ')} would be drained, and ${why}`);

  async function judged(region: string): Promise<{ readonly region: string; readonly verdict: true | string }> {
    return { region, verdict: await fit(region) };
  }
}

const share = ({ shares }: TrafficSetting, region: string): number => shares[region] ?? 0;

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
    `Refused (I1), nothing was changed: ${asClause(why)}.`,
    traffic,
    'Send traffic only to regions that are healthy; mend the region first, or plan again.',
  );
}
