/**
 * Bringing a lost region back: repair first, then readmit, then shift back in steps.
 *
 * Whether a full repair across datacentres comes first, and whether one may be made at all, is judged in
 * `parts/returning.ts`. An outage in the middle of the repair is looked for before anything is readmitted.
 */
import { canaryRegions } from '../estate/canaries/questions.ts';
import { clusterOf, datacentreOf, gcGraceMs, nodesOf } from '../estate/cassandra/questions.ts';
import { cassandraQueue } from '../estate/cassandra/queues.ts';
import { regionNames } from '../estate/regions/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { serviceQueue } from '../estate/services/queues.ts';
import { trafficOf } from '../estate/traffic/questions.ts';
import { trafficQueue } from '../estate/traffic/queues.ts';
import { formatDuration, parseDuration } from '../kernel/duration.ts';
import { refusal } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/plan/evidence.ts';
import { each, gate, hold, membersOf, type PlanDraft, phase, pivot, stepItem } from './draft.ts';
import { failbackInput } from './inputs/failback.ts';
import { failoverInput } from './inputs/failover.ts';
import { failbackLeft } from './parts/leaving.ts';
import { endedUncleanly, repairedProbes } from './parts/owed-repair.ts';
import { prove } from './parts/proving.ts';
import { knownRegion } from './parts/regions.ts';
import { judgeReturn } from './parts/returning.ts';
import { refuseServing, servingMost } from './parts/serving.ts';
import {
  GRACEFUL_PERCENTS,
  holdOf,
  keepingSamples,
  ladder,
  type Move,
  settingNow,
  sharesWith,
  sloSamples,
  targetsOf,
} from './parts/shifting.ts';
import { rescueOf, type Survivors, survivorsOf } from './parts/survivors.ts';
import { othersText, unpolledWarnings } from './parts/unpolled.ts';
import { usersProbes } from './parts/users.ts';
import { runbook } from './runbook.ts';
import * as canaries from './steps/canaries.ts';
import type { RingReading } from './steps/cassandra.ts';
import * as cassandra from './steps/cassandra.ts';
import type { AnyDraft } from './steps/contract.ts';
import * as runs from './steps/runs.ts';
import { regionalScope, spanningScope } from './steps/scopes.ts';
import type { ServiceReading } from './steps/services.ts';
import * as services from './steps/services.ts';
import type { TrafficReading } from './steps/traffic.ts';
import * as traffic from './steps/traffic.ts';

interface Exact {
  readonly region: string | undefined;
  readonly outageMs: number | undefined;
}

export const failback = runbook({
  ...failbackInput,
  version: 2,

  resolve: ({ estate, input }): Exact => ({
    region: input.region === undefined ? undefined : knownRegion(estate, input.region, 'region'),
    outageMs: input.outage === undefined ? undefined : parseDuration(input.outage),
  }),

  probes: ({ estate }) => ({
    shares: Object.fromEntries(Object.keys(estate.traffic).map((name) => [name, traffic.shares({ traffic: name })])),
    health: everyServiceRegion(estate, (service, region) => services.health({ service, region })),
    ring: everyClusterRegion(estate, (cluster, region) => cassandra.ring({ cluster, region })),
    outage: Object.fromEntries(
      Object.keys(estate.canaries).flatMap((canary) =>
        canaryRegions(estate, canary).map((region) => [`${canary}@${region}`, canaries.outage({ canary, region })]),
      ),
    ),
    repaired: repairedProbes(estate, regionNames(estate)),
    users: Object.fromEntries(
      regionNames(estate).flatMap((region) => {
        const names = trafficOf(estate, region).map(({ name }) => name);
        return Object.entries(usersProbes(estate, names, region)).map(([name, one]) => [`${name}@${region}`, one]);
      }),
    ),
    others: runs.others({
      queues: [
        ...Object.keys(estate.traffic).map((name) => trafficQueue(estate, name)),
        ...Object.values(everyServiceRegion(estate, (service, region) => serviceQueue(estate, service, region))),
        ...Object.keys(estate.cassandra).flatMap((cluster) =>
          nodesOf(estate, cluster).map(({ name }) => cassandraQueue(estate, cluster, name)),
        ),
      ],
    }),
  }),

  plan: ({ estate, input, evidence, now }) => {
    const region = input.region ?? drainedRegion(evidence.shares);
    const moves = movesBack(estate, region, evidence.shares);
    const targets = targetsOf(moves);
    const stillDrained = [...new Set(Object.values(moves).flatMap(({ target }) => target.drained))];
    const readings = Object.fromEntries(
      Object.entries(evidence.health).flatMap(([key, one]) =>
        key.endsWith(`@${region}`) ? [[key.split('@')[0] ?? '', one]] : [],
      ),
    );
    const back = wayBackOf(estate, region, evidence.shares);
    const survivors = survivorsOf(region, evidence);
    // Before anything is asked about the outage: where what serves is dying, the way out comes first.
    refuseUnlessBack(region, readings, evidence.ring, survivors);
    const loss = judgeReturn(
      estate,
      region,
      { outages: evidence.outage, repaired: evidence.repaired },
      { outageMs: input.outageMs, unclean: endedUncleanly(answersOf(readings)), now },
    );

    const clusters = Object.keys(estate.cassandra).filter(
      (cluster) => datacentreOf(clusterOf(estate, cluster), region) !== undefined,
    );
    const repairs = loss.repair ? repairsOf(estate, clusters, loss.before) : {};
    const admitted = Object.entries(readings).flatMap(([service, one]) =>
      one.ok && one.value.admitted ? [service] : [],
    );
    const unready = Object.values(readings).some((one) => one.ok && !one.value.admitted);
    if (Object.keys(repairs).length > 0 || unready) {
      const why = loss.repair
        ? 'it must be repaired before it may serve'
        : 'it is not admitted, so these requests fail';
      refuseServing(region, evidence.shares, why);
    }
    // Only now: what it tells to do with nodes that were away must not be told of those that serve.
    if (loss.beyondGcGrace) throw loss.beyondGcGrace;
    const scopes = [
      ...clusters.map((cluster) => spanningScope(estate, 'cassandra', cluster)),
      ...Object.keys(readings).map((service) => regionalScope(estate, 'service', service, region)),
    ];

    return {
      headline: `Bring ${region} back${loss.repair ? ', after a full repair across datacentres' : ''}`,
      facts: [
        { label: 'Case', value: loss.say },
        ...Object.entries(evidence.shares).map(([name, one]) => ({
          label: `Traffic ${name}`,
          value: one.ok ? traffic.sharesText(one.value.setting) : `not known: ${one.reason}`,
        })),
        { label: 'gc_grace', value: formatDuration(shortestGrace(estate)) },
        ...loss.facts,
        {
          label: 'Other runs',
          value: evidence.others.ok ? othersText(evidence.others.value.holders) : 'not known',
        },
      ],
      leftOut: [...(loss.repair ? [] : [{ what: 'The full repair', because: loss.say }]), ...back.leftOut],
      warnings: [
        ...loss.warnings,
        ...(loss.repair && admitted.length > 0
          ? [
              `${admitted.join(', ')} in ${region} calls itself healthy and was never withheld: it is owed, and comes first.`,
            ]
          : []),
        ...survivors.warnings,
        ...unpolledWarnings(evidence.others),
      ],
      measures: {},
      ifLeft: failbackLeft(region, loss.repair, back.to),
      measuredBy: {
        fault: membersOf('outage', evidence.outage),
        loss: [],
        expectedLoss: null,
        recovery: 'shift',
      },
      ...(back.wayBack === undefined ? {} : { wayBack: back.wayBack }),
      blockers: [],
      phases: [
        gate('approve', `Bring ${region} back and shift traffic to it`, {
          tier: estate.approvals.minimum.change,
          scopes,
        }),
        // Only where a stale region calls itself healthy (it was cut off, not killed): it must not, until it is repaired.
        phase(
          'withhold',
          `Withhold ${region} while it is stale`,
          ...each(
            Object.fromEntries(
              (loss.repair ? admitted : []).map((service) => [service, services.withhold({ service, region })]),
            ),
            { parallel: 4 },
          ),
        ),
        phase(
          'repair',
          'Repair across datacentres',
          ...each(repairs),
          ...(loss.repair ? Object.keys(estate.canaries) : []).map((canary) =>
            stepItem(`undisturbed/${canary}`, canaries.undisturbed({ canary })),
          ),
        ),
        phase(
          'readmit',
          `Readmit ${region}`,
          ...each(
            Object.fromEntries(
              Object.keys(readings).map((service) => [service, services.readmit({ service, region })]),
            ),
            { parallel: 4 },
          ),
        ),
        ladder(estate, 'shift', `Shift back to ${region}`, moves, {
          percents: GRACEFUL_PERCENTS,
          watch: region,
          keeping: true,
          holds: true,
        }),
        hold('commit', 'Commit window: it can still go back', {
          samples: [
            ...sloSamples(estate, Object.keys(targets), region, targets),
            ...keepingSamples(estate, region, targets),
          ],
          ...holdOf(estate, 'commit'),
          onFailure: 'ask',
        }),
        pivot(),
        phase(
          'room',
          'Give back the room that the failover made',
          ...each(roomBack(estate, evidence, moves), { parallel: 4, bestEffort: true }),
        ),
        prove(
          estate,
          'failback',
          regionNames(estate).filter((one) => !stillDrained.includes(one)),
        ),
      ],
    };
  },
});

function everyServiceRegion<T>(
  estate: Estate,
  make: (service: string, region: string) => T,
): { readonly [key: string]: T } {
  return Object.fromEntries(
    Object.entries(estate.services).flatMap(([service, { regions }]) =>
      Object.keys(regions).map((region) => [`${service}@${region}`, make(service, region)]),
    ),
  );
}

function everyClusterRegion<T>(
  estate: Estate,
  make: (cluster: string, region: string) => T,
): { readonly [key: string]: T } {
  return Object.fromEntries(
    Object.entries(estate.cassandra).flatMap(([cluster, { datacentres }]) =>
      Object.values(datacentres).map(({ region }) => [`${cluster}@${region}`, make(cluster, region)]),
    ),
  );
}

function answersOf<T>(readings: { readonly [service: string]: Evidence<T> }): T[] {
  return Object.values(readings).flatMap((one) => (one.ok ? [one.value] : []));
}

function drainedRegion(shares: { readonly [name: string]: Evidence<TrafficReading> }): string {
  const drained = [...new Set(Object.values(shares).flatMap((one) => (one.ok ? one.value.setting.drained : [])))];
  if (drained.length === 1 && drained[0] !== undefined) return drained[0];
  throw refusal(
    drained.length === 0 ? 'nothing-to-fail-back' : 'ambiguous-region',
    drained.length === 0 ? 'No region is drained.' : `Several regions are drained: ${drained.join(', ')}.`,
    'region',
    'Name the region with region=REGION, if one is to come back.',
  );
}

/** What is drained besides stays so: another lost region gets nothing because this one comes back. */
function movesBack(
  estate: Estate,
  region: string,
  shares: { readonly [name: string]: Evidence<TrafficReading> },
): { readonly [name: string]: Move } {
  return Object.fromEntries(
    trafficOf(estate, region).map(({ name }) => {
      const was = settingNow(name, shares[name]);
      const drained = was.drained.filter((other) => other !== region);
      const normal = estate.traffic[name]?.shares ?? {};
      return [name, { was, target: { shares: sharesWith(region, normal, was.shares, drained), drained } }];
    }),
  );
}

interface WayBack extends Pick<PlanDraft, 'wayBack'> {
  /** Where its users are served now; undefined where nothing else is led to. */
  readonly to: string | undefined;
  readonly leftOut: PlanDraft['leftOut'];
}

/**
 * Where its users are served now: what gets everything again, should the region fail on its way back. Entrances that do not
 * lead there are named, with the command that is theirs.
 */
function wayBackOf(
  estate: Estate,
  region: string,
  shares: { readonly [name: string]: Evidence<TrafficReading> },
): WayBack {
  const names = trafficOf(estate, region).map(({ name }) => name);
  const own = Object.fromEntries(Object.entries(shares).filter(([name]) => names.includes(name)));
  const [to] = servingMost(region, own, { idle: true });
  if (to === undefined) return { to, leftOut: [] };
  const rest = names.filter((name) => estate.traffic[name]?.servers[to] === undefined);
  const meant = names.filter((name) => !rest.includes(name));
  const say = `Give everything${rest.length === 0 ? '' : ` of ${meant.join(' and ')}`} back to ${to}`;
  const leftOut = rest.map((name) => {
    const read = shares[name];
    const [other] = servingMost(region, read === undefined ? {} : { [name]: read }, { idle: true });
    return {
      what: `${name} in “${say}”`,
      because: `it does not lead to ${to}; should ${region} fail, it is moved by \`run failover from=${region}${other === undefined ? '' : ` to=${other}`}\``,
    };
  });
  const input = { from: region, to, ungraceful: true };
  return { to, leftOut, wayBack: { say, runbook: failoverInput.name, input, from: 'shift' } };
}

/** The shortest gc_grace of any cluster: the first that a long outage would break. */
function shortestGrace(estate: Estate): number {
  return Math.min(...Object.keys(estate.cassandra).map((cluster) => gcGraceMs(estate, cluster)));
}

function refuseUnlessBack(
  region: string,
  readings: { readonly [service: string]: Evidence<ServiceReading> },
  ring: { readonly [key: string]: Evidence<RingReading> },
  { dying, lost }: Survivors,
): void {
  for (const [service, one] of Object.entries(readings)) {
    if (one.ok) continue;
    throw refusal(
      'region-not-back',
      `${service} in ${region} does not answer: ${one.reason}.`,
      region,
      `Start ${region} first, then \`run failback region=${region}\` again. Nothing was changed.`,
    );
  }
  // The survivor died before this failback: waiting for its nodes would keep the only living region out of service.
  const rescues = dying
    .map((other) => `If ${other} is lost: ${rescueOf(other, region)} brings ${region} into service unrepaired. `)
    .join('');
  for (const [key, one] of Object.entries(ring)) {
    const missing = one.ok ? [...one.value.down, ...one.value.silent] : [];
    if (one.ok && missing.length === 0 && one.value.schemaAgreed) continue;
    throw refusal(
      'ring-incomplete',
      one.ok
        ? `Not every node of ${key} is up and agreed: ${missing.join(', ') || 'schema differs'}.`
        : `The ring of ${key} could not be read: ${one.reason}.`,
      key,
      `A full repair needs every replica. ${rescues}${rescues === '' ? 'Start' : 'Else start'} the nodes that are down, wait for schema agreement, and \`run failback region=${region}\` again. Nothing was changed.`,
    );
  }
  if (lost === undefined) return;
  throw refusal(
    'survivor-fails',
    `Nothing serves ${lost.name} well: ${lost.why}. A failback would take its time, and leave a share there.`,
    lost.regions.join(' and '),
    `Move its traffic first: ${lost.regions.map((other) => rescueOf(other, region)).join(' and ')} brings ${region} into service at once, and says what may be missing there. Or mend ${lost.regions.join(' and ')}, then \`run failback region=${region}\` again. Nothing was changed.`,
  );
}

function repairsOf(
  estate: Estate,
  clusters: readonly string[],
  before: { readonly [cluster: string]: number },
): { readonly [target: string]: AnyDraft } {
  return Object.fromEntries(
    clusters.flatMap((cluster) =>
      Object.keys(estate.cassandra[cluster]?.keyspaces ?? {}).flatMap((keyspace) =>
        nodesOf(estate, cluster).map(({ name: node }) => [
          `${cluster}/${keyspace}.${node}`,
          cassandra.repair({ cluster, node, keyspace, before: before[cluster] ?? 0 }),
        ]),
      ),
    ),
  );
}

/** Workers above the usual number, of every region that no entrance will give more than its usual share. */
function roomBack(
  estate: Estate,
  {
    health,
    shares,
  }: {
    readonly health: { readonly [key: string]: Evidence<ServiceReading> };
    readonly shares: { readonly [name: string]: Evidence<TrafficReading> };
  },
  moves: { readonly [name: string]: Move },
): { readonly [target: string]: AnyDraft } {
  return Object.fromEntries(
    Object.entries(health).flatMap(([key, one]) => {
      const [service = '', region = ''] = key.split('@');
      // While another region is still lost, what takes its requests needs the room, also by an entrance that stays as it is.
      const needed = trafficOf(estate, region).some(({ name, traffic: { service: behind, shares: usual } }) => {
        const read = shares[name];
        const setting = moves[name]?.target ?? (read?.ok ? read.value.setting : undefined);
        return behind === service && (setting?.shares[region] ?? 100) > (usual[region] ?? 0);
      });
      if (needed) return [];
      const normal = estate.services[service]?.regions[region]?.workers;
      if (!one.ok || normal === undefined || one.value.workers <= normal) return [];
      return [[key, services.scale({ service, region, workers: normal, was: one.value.workers })]];
    }),
  );
}
