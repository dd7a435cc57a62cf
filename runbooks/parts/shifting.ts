/** A closed loop of shifts: a small one first, then larger ones, each followed by a hold on health where it goes. */
import type { Estate } from '../../estate/schema.ts';
import { trafficNamed } from '../../estate/traffic/questions.ts';
import { refusal } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/plan/evidence.ts';
import { each, type HoldDraft, holdItem, type Item, type PhaseDraft, phase } from '../draft.ts';
import type { AnyDraft } from '../steps/contract.ts';
import type { Shares, TrafficReading, TrafficSetting } from '../steps/traffic.ts';
import * as traffic from '../steps/traffic.ts';

/** Small first: most faults of a destination show at a tenth of the load (facts/orchestration.md, Maelstrom). */
export const GRACEFUL_PERCENTS: readonly number[] = [10, 50, 100];
export const UNGRACEFUL_PERCENTS: readonly number[] = [100];

export interface Move {
  readonly was: TrafficSetting;
  readonly target: TrafficSetting;
}

/** What stands when every move is made. */
export function targetsOf(moves: { readonly [name: string]: Move }): { readonly [name: string]: TrafficSetting } {
  return Object.fromEntries(Object.entries(moves).map(([name, { target }]) => [name, target]));
}

/** Few: they come with every sample, and only a quiet entrance needs them. */
const PROBES = 10;

/**
 * The setting that a load balancer has.
 * @param meanwhile what can be done without it: a sentence with its full stop, or nothing
 * @throws LifeboatError `no-load-balancer` where nobody could read it
 */
export function settingNow(name: string, shares: Evidence<TrafficReading> | undefined, meanwhile = ''): TrafficSetting {
  if (shares?.ok) return shares.value.setting;
  throw refusal(
    'no-load-balancer',
    `How the load balancer of ${name} is set could not be read: ${shares?.reason ?? 'not probed'}.`,
    name,
    `If requests fail, start the load balancer; if they are answered, start the agent beside it (one that is frozen needs a restart). Or move the traffic by hand there. ${meanwhile === '' ? '' : `${meanwhile} `}Nothing was changed.`,
  );
}

/**
 * Error rate and latency of a region at every given load balancer, as samples for a hold.
 *
 * @param given what the plan has set by then, where another share is bad: before the point of no return. In the ladder a shift
 * that people stepped over must not be taken back for it, and the next one sets it anew
 */
export function sloSamples(
  estate: Estate,
  names: readonly string[],
  region: string,
  given?: { readonly [name: string]: Pick<TrafficSetting, 'shares'> },
): AnyDraft[] {
  const { errorRate, latencyMs } = estate.holds.limits;
  const window = Math.max(200, Math.round(estate.holds.step.every / 2));
  return names.map((name) => {
    const probes = trafficNamed(estate, name).door === undefined ? 0 : PROBES;
    const share = given?.[name] === undefined ? null : (given[name].shares[region] ?? 0);
    return traffic.slo({ traffic: name, region, share, window, errorRate, latencyMs, probes });
  });
}

/** The same of every other region that serves as these entrances are set: one that dies meanwhile is seen, too. */
export function keepingSamples(
  estate: Estate,
  region: string,
  settings: { readonly [name: string]: TrafficSetting },
): AnyDraft[] {
  return Object.entries(settings).flatMap(([name, { shares }]) =>
    Object.keys(shares)
      .filter((other) => other !== region && (shares[other] ?? 0) > 0)
      .flatMap((other) => sloSamples(estate, [name], other)),
  );
}

/** How long a hold of this sort lasts, and what it must have measured. */
export function holdOf(
  { holds }: Estate,
  sort: 'step' | 'commit',
): Pick<HoldDraft, 'every' | 'for' | 'atLeast' | 'patience'> {
  return { ...holds[sort], atLeast: holds.limits.requests, patience: holds.patience };
}

/**
 * Shares with a returning region at its normal share. What is drained gets nothing; the rest goes to what serves now, in
 * proportion to normal shares (to present ones, where none of them has a normal one). Whole percents that sum to 100.
 */
export function sharesWith(region: string, normal: Shares, was: Shares, drained: readonly string[]): Shares {
  const serving = Object.keys(was).filter((one) => one !== region && !drained.includes(one) && (was[one] ?? 0) > 0);
  const own = serving.length === 0 ? 100 : (normal[region] ?? 0);
  const weights = serving.some((one) => (normal[one] ?? 0) > 0) ? normal : was;
  const total = serving.reduce((sum, one) => sum + (weights[one] ?? 0), 0);
  const exact = serving.map((one) => ({ one, share: ((100 - own) * (weights[one] ?? 0)) / total }));
  const rest = 100 - own - exact.reduce((sum, { share }) => sum + Math.floor(share), 0);
  const rounded = exact
    .toSorted((a, b) => (b.share % 1) - (a.share % 1))
    .map(({ one, share }, index): [string, number] => [one, Math.floor(share) + (index < rest ? 1 : 0)]);
  const all = [...new Set([...Object.keys(normal), ...Object.keys(was)])];
  return { ...Object.fromEntries(all.map((one) => [one, 0])), ...Object.fromEntries(rounded), [region]: own };
}

function settingAt(move: Move, percent: number): TrafficSetting {
  if (percent === 100) return move.target;
  const regions = Object.keys(move.target.shares);
  const shares = Object.fromEntries(
    regions.map((region) => {
      const was = move.was.shares[region] ?? 0;
      const to = move.target.shares[region] ?? 0;
      return [region, Math.round(was + ((to - was) * percent) / 100)];
    }),
  );
  // Rounding may lose or gain a point; the largest share takes it, so that the sum stays 100 and none is below 0.
  const largest = regions.toSorted((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0))[0];
  if (largest !== undefined)
    shares[largest] = (shares[largest] ?? 0) + 100 - Object.values(shares).reduce((a, b) => a + b, 0);
  // A region that is about to receive must not be drained any more; one that loses is drained only at the end.
  const drained = move.was.drained.filter((region) => (shares[region] ?? 0) === 0);
  return { shares, drained };
}

const same = (a: TrafficSetting, b: TrafficSetting): boolean =>
  a.drained.toSorted().join() === b.drained.toSorted().join() &&
  Object.keys({ ...a.shares, ...b.shares }).every((region) => (a.shares[region] ?? 0) === (b.shares[region] ?? 0));

/**
 * The phase that shifts: per percentage one change on every load balancer, then a hold where `watch` is, and with `keeping`
 * also where a share stays.
 */
export function ladder(
  estate: Estate,
  id: string,
  title: string,
  moves: { readonly [name: string]: Move },
  options: { percents: readonly number[]; watch: string; keeping?: true; holds: boolean },
): PhaseDraft {
  const current = new Map(Object.entries(moves).map(([name, move]) => [name, move.was]));
  const items: Item[] = [];
  for (const percent of options.percents) {
    const steps: { [name: string]: AnyDraft } = {};
    for (const [name, move] of Object.entries(moves)) {
      const was = current.get(name) ?? move.was;
      const to = settingAt(move, percent);
      if (same(was, to)) continue;
      steps[name] = traffic.set({ traffic: name, to, was });
      current.set(name, to);
    }
    if (Object.keys(steps).length === 0) continue;
    items.push(...each(steps, { parallel: 4, name: `${percent}` }));
    if (!options.holds) continue;
    items.push(
      holdItem(
        `watch-${percent}`,
        `Watch ${options.watch}${options.keeping ? ', and what keeps a share,' : ''} at ${percent} %`,
        {
          samples: [
            ...sloSamples(estate, Object.keys(moves), options.watch),
            ...(options.keeping ? keepingSamples(estate, options.watch, Object.fromEntries(current)) : []),
          ],
          ...holdOf(estate, 'step'),
          onFailure: 'undo-previous-and-ask',
        },
      ),
    );
  }
  return phase(id, title, ...items);
}
