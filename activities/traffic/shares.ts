/**
 * From HAProxy's weights and drains to shares in percent, and back. Pure.
 *
 * A share is what a region really gets of new requests. That is why a `backup` server counts for nothing while an
 * active one may serve, and why shares that HAProxy cannot give (a split between an active and a backup server) are
 * rounded to one side, and read back as that.
 */
import type { Shares, TrafficSetting } from '../../runbooks/steps/traffic.ts';

/** A region's server as HAProxy has it now. */
export interface RegionServer {
  readonly region: string;
  readonly server: string;
  readonly backup: boolean;
  readonly drained: boolean;
  readonly weight: number;
}

/** A backup keeps this weight when it has no share: at weight 0 it could not rescue. */
const STANDBY_WEIGHT = 100;

/** The shares that these weights give. All 0 when every server is out. */
export function sharesOf(servers: readonly RegionServer[]): Shares {
  const able = servers.filter(({ drained, weight }) => !drained && weight > 0);
  const active = able.filter(({ backup }) => !backup);
  // Without `option allbackups` only the first backup that may serve gets requests.
  const serving = active.length > 0 ? active : able.slice(0, 1);
  const percents = wholePercents(serving.map(({ weight }) => weight));
  return Object.fromEntries(
    servers.map(({ region, server }) => [region, percents[serving.findIndex((one) => one.server === server)] ?? 0]),
  );
}

export function settingOf(servers: readonly RegionServer[]): TrafficSetting {
  const drained = servers.filter((one) => one.drained).map(({ region }) => region);
  return { shares: sharesOf(servers), drained: drained.sort() };
}

/** Whole percents in the proportion of the weights, 100 together; what rounding leaves goes to the largest remainders. */
export function wholePercents(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (weight * 100) / total);
  const percents = exact.map(Math.floor);
  const left = 100 - percents.reduce((sum, percent) => sum + percent, 0);
  const order = exact
    .map((value, index) => ({ index, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest);
  for (const { index } of order.slice(0, left)) percents[index] = (percents[index] ?? 0) + 1;
  return percents;
}

/**
 * The nearest setting that these servers can give. Active and backup servers cannot share: the side with more gets all
 * of it, at equal halves the active one: what is taken back then goes where it came from, whoever has it now.
 */
export function attainable(to: TrafficSetting, servers: readonly RegionServer[]): TrafficSetting {
  const share = ({ region }: RegionServer): number => to.shares[region] ?? 0;
  const sum = (some: readonly RegionServer[]): number => some.reduce((total, one) => total + share(one), 0);
  const active = servers.filter(({ backup }) => !backup);
  const backups = servers.filter(({ backup }) => backup);
  const filled = (shares: Shares): TrafficSetting => ({
    shares: Object.fromEntries(servers.map(({ region }) => [region, shares[region] ?? 0])),
    drained: to.drained.toSorted(),
  });
  const wanting = backups.filter((one) => share(one) > 0);
  if (wanting.length === 0 || (sum(active) === 0 && wanting.length === 1)) return filled(to.shares);
  if (sum(active) >= sum(backups)) {
    const percents = wholePercents(active.map(share));
    return filled(Object.fromEntries(active.map(({ region }, index) => [region, percents[index] ?? 0])));
  }
  const most = wanting.toSorted((a, b) => share(b) - share(a))[0];
  return filled(most ? { [most.region]: 100 } : {});
}

/** One change of one server; `set server` knows no others that matter here. */
export type Change =
  | { readonly server: string; readonly set: 'weight'; readonly weight: number }
  | { readonly server: string; readonly set: 'ready' | 'drain' };

/**
 * What to change, in order: whoever gains first, whoever loses after, so that at no moment nobody serves (I1). Of a
 * gaining server the weight comes before the return from drain, so that it never gets more than it should.
 */
export function changesTo(to: TrafficSetting, servers: readonly RegionServer[]): Change[] {
  const now = sharesOf(servers);
  const goal = weightsFor(to, servers);
  const gains = servers.filter(({ region }) => (to.shares[region] ?? 0) > (now[region] ?? 0));
  const losses = servers.filter((one) => !gains.includes(one));
  return [...gains, ...losses].flatMap((one): Change[] => {
    const weight = goal.get(one.server) ?? one.weight;
    const drain = to.drained.includes(one.region);
    const changes: Change[] = [];
    if (drain && !one.drained) changes.push({ server: one.server, set: 'drain' });
    if (weight !== one.weight) changes.push({ server: one.server, set: 'weight', weight });
    if (!drain && one.drained) changes.push({ server: one.server, set: 'ready' });
    return changes;
  });
}

function weightsFor(to: TrafficSetting, servers: readonly RegionServer[]): Map<string, number> {
  const backupServes = servers.some(({ backup, region }) => backup && (to.shares[region] ?? 0) > 0);
  return new Map(
    servers.map(({ server, region, backup }) => {
      const share = to.shares[region] ?? 0;
      // The first backup takes all, so those without a share step back while another one has it.
      return [server, !backup || share > 0 ? share : backupServes ? 0 : STANDBY_WEIGHT];
    }),
  );
}

/** Why a setting is not the wanted one, or true. */
export function sameSetting(is: TrafficSetting, wanted: TrafficSetting): true | string {
  for (const region of new Set([...Object.keys(is.shares), ...Object.keys(wanted.shares)])) {
    const [has, wants] = [is.shares[region] ?? 0, wanted.shares[region] ?? 0];
    if (has !== wants) return `${region} has ${has} %, not ${wants} %`;
  }
  const [has, wants] = [is.drained.toSorted().join(', '), wanted.drained.toSorted().join(', ')];
  return has === wants || `drained is ${has || 'nothing'}, not ${wants || 'nothing'}`;
}
