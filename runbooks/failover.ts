/**
 * Disaster (a): a region or its cluster fails, and all its traffic moves to another.
 *
 * Graceful: a closed loop of shifts while the region still serves. Ungraceful: one shift of everything, and what needs
 * the lost region is left out, visibly. Either way the region is drained explicitly at the end, so that no health check
 * brings it back stale; only `failback` readmits it.
 */

import { regionNames } from '../estate/regions/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { serviceQueue } from '../estate/services/queues.ts';
import { trafficOf } from '../estate/traffic/questions.ts';
import { trafficQueue } from '../estate/traffic/queues.ts';
import { asClause, refusal } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/plan/evidence.ts';
import { FaultReading, faultBegan, readingsOf } from '../kernel/run/measures.ts';
import { each, gate, hold, membersOf, phase, pivot } from './draft.ts';
import { failoverInput } from './inputs/failover.ts';
import { makeRoom } from './parts/capacity.ts';
import { failoverLeft } from './parts/leaving.ts';
import { expectedLoss } from './parts/loss.ts';
import { repairedProbes, repairFact, repairsOwed } from './parts/owed-repair.ts';
import { prove, provingWarnings } from './parts/proving.ts';
import { destination, knownRegion } from './parts/regions.ts';
import { leadingTo, refuseDownTarget } from './parts/serving.ts';
import {
  GRACEFUL_PERCENTS,
  holdOf,
  ladder,
  type Move,
  settingNow,
  sloSamples,
  targetsOf,
  UNGRACEFUL_PERCENTS,
} from './parts/shifting.ts';
import { destinationIfFit, judgeDestination, type Question, tierFor } from './parts/stale.ts';
import { othersText, unpolledWarnings } from './parts/unpolled.ts';
import { doorFacts, doorProbes, failingForUsers, servedToUsers, usersProbes } from './parts/users.ts';
import { cutOffWarnings } from './parts/vantage.ts';
import { runbook } from './runbook.ts';
import * as canaries from './steps/canaries.ts';
import * as cassandra from './steps/cassandra.ts';
import * as runs from './steps/runs.ts';
import { spanningScope } from './steps/scopes.ts';
import type { ServiceReading } from './steps/services.ts';
import * as services from './steps/services.ts';
import type { TrafficReading } from './steps/traffic.ts';
import * as traffic from './steps/traffic.ts';

interface Exact {
  readonly from: string;
  readonly to: string;
  readonly ungraceful: boolean | undefined;
  readonly names: readonly string[];
  /** The one load balancer that was named. */
  readonly only: string | undefined;
  readonly services: readonly string[];
}

export const failover = runbook({
  ...failoverInput,
  version: 2,

  resolve: ({ estate, input }): Exact => {
    const from = knownRegion(estate, input.from, 'from');
    const to = destination(estate, from, input.to);
    const names = trafficBetween(estate, from, to, input.traffic);
    const stored = names.flatMap((name) => estate.traffic[name]?.service ?? []);
    return { from, to, ungraceful: input.ungraceful, only: input.traffic, names, services: [...new Set(stored)] };
  },

  probes: ({ estate, input: { from, to, names, services: moved } }) => ({
    shares: Object.fromEntries(names.map((name) => [name, traffic.shares({ traffic: name })])),
    there: Object.fromEntries(moved.map((service) => [service, services.health({ service, region: to })])),
    here: Object.fromEntries(moved.map((service) => [service, services.health({ service, region: from })])),
    ring: Object.fromEntries(
      Object.keys(estate.cassandra).map((cluster) => [cluster, cassandra.ring({ cluster, region: to })]),
    ),
    ringHere: Object.fromEntries(
      Object.keys(estate.cassandra).map((cluster) => [cluster, cassandra.ring({ cluster, region: from })]),
    ),
    outage: Object.fromEntries(
      Object.keys(estate.canaries).map((canary) => [canary, canaries.outage({ canary, region: from })]),
    ),
    outageThere: Object.fromEntries(
      Object.keys(estate.canaries).map((canary) => [canary, canaries.outage({ canary, region: to })]),
    ),
    missing: Object.fromEntries(
      Object.keys(estate.canaries).map((canary) => [canary, canaries.missing({ canary, region: from, seenFrom: to })]),
    ),
    // Not of the source: it may be what is lost, and any other node tells the same.
    repaired: repairedProbes(
      estate,
      regionNames(estate).filter((region) => region !== from),
    ),
    users: usersProbes(estate, names, from),
    usersThere: usersProbes(estate, names, to),
    door: doorProbes(estate, names),
    elsewhere: Object.fromEntries(
      trafficOf(estate, from)
        .filter(({ name, traffic: { service } }) => !names.includes(name) && moved.includes(service))
        .map(({ name }) => [name, traffic.shares({ traffic: name })]),
    ),
    others: runs.others({
      queues: [
        ...names.map((name) => trafficQueue(estate, name)),
        ...moved.map((service) => serviceQueue(estate, service, to)),
      ],
    }),
  }),

  plan: ({ estate, input: { from, to, ungraceful, only, names }, evidence, now }) => {
    // One reading comes from one control worker, wherever it stands. None is believed over another: a region counts as dead
    // at a gate only when every reading of some seconds says so (workflows/executor/gates.ts), and each says from where it is.
    // A region whose services answer but cannot serve (its database is gone) is lost to its users just the same.
    const lifeless = Object.values(evidence.here).every((one) => !one.ok || !one.value.healthy);
    // Unless its users are seen to be served: then it is this reading that is cut off, or the health page that is wrong.
    const served = servedToUsers(from, evidence);
    const dead = lifeless && !served;
    const failing = failingForUsers(from, evidence);
    const failingThere = failingForUsers(to, { ...evidence, users: evidence.usersThere });
    const forced = ungraceful ?? (dead || failing.length > 0);
    const outages = { ...keyed(evidence.outage, from), ...keyed(evidence.outageThere, to) };
    const owed = repairsOwed(estate, to, { outages, repaired: evidence.repaired });
    const reachable = Object.entries(evidence.here).flatMap(([service, one]) =>
      one.ok && one.value.admitted ? [service] : [],
    );
    const question: Question = {
      from,
      to,
      lost: dead || failing.length > 0 || (lifeless && ungraceful === true),
      told: ungraceful === true,
      served,
      owed,
      now,
    };
    const onlyWithholds = reachable.length > 0 && movesNothing(from, evidence.shares);
    const { unfit, ...there } = onlyWithholds
      ? destinationIfFit(question, evidence)
      : { ...judgeDestination(question, evidence), unfit: undefined };
    const moves = movesOf(names, from, to, evidence.shares);
    // Checks see one that waits to be readmitted for down; the shift waits until they see it back.
    if (there.unadmitted.length === 0) refuseDownTarget(to, gaining(to, moves), evidence.shares);
    const room = makeRoom(estate, to, there.readings);
    const rpoMs = estate.objectives[failoverInput.name]?.rpo ?? 0;
    const loss = expectedLoss(Object.values(evidence.outage), Object.values(evidence.missing), {
      dead: ungraceful ?? dead,
      rpoMs,
      now,
    });
    const kept = Object.fromEntries(
      reachable.map((service): [string, string[]] => [
        service,
        leadingElsewhere(estate, service, from, evidence.elsewhere),
      ]),
    );
    // What is taken for lost is withheld after the pivot, as far as it answers by then, and all of it is planned always: else
    // each flap of a dying region would be another plan, and void what was approved (I1: people must be able to decide).
    const reached = forced ? [] : reachable;
    const silent = Object.entries(evidence.here).flatMap(([service, one]) => (one.ok ? [] : [service]));
    const others = notMeant(estate, { from, to, names }, evidence.elsewhere);
    const ofThese = others.length === 0 ? '' : ` of ${names.join(' and ')}`;
    const moveAll = `Move all traffic${ofThese} from ${from} to ${to}`;
    const title = withoutMoves(from, moves, Object.values(kept).some((led) => led.length === 0) || silent.length > 0);
    const scopes = names.map((name) => spanningScope(estate, 'traffic', name));

    return {
      headline: title === undefined ? `${moveAll}${forced ? ', at once' : ', in steps'}` : title,
      facts: [
        { label: from, value: healthText(evidence.here), ...sinceText(evidence.outage) },
        { label: 'Failing requests', value: failing.join('; ') || countedText(evidence.users) },
        ...doorFacts(evidence.door),
        ...loss.facts,
        { label: to, value: healthText(evidence.there) },
        ...Object.entries(evidence.shares).map(([name, one]) => ({
          label: `Traffic ${name}`,
          value: readingText(one),
        })),
        ...Object.entries(evidence.ring).map(([cluster, one]) => ({
          label: `Ring ${cluster} in ${to}`,
          value: ringText(one),
        })),
        ...Object.entries(evidence.ringHere).map(([cluster, one]) => ({
          label: `Ring ${cluster} in ${from}`,
          value: ringText(one),
        })),
        ...room.facts,
        ...owed.map(repairFact),
        { label: 'Other runs', value: evidence.others.ok ? othersText(evidence.others.value.holders) : 'not known' },
      ],
      leftOut: [
        ...silent.map((service) => ({
          what: `Withholding ${service} in ${from}`,
          because: `it does not answer (${reasonOf(evidence.here[service])}). Until it is withheld only the drain at the load balancer keeps it away: one that was frozen or cut off may come back and call itself healthy. It is tried again at the end; what is owed then is done by \`run failover from=${from} to=${to}\` when it answers, and by failback before its repair`,
        })),
        ...Object.entries(kept)
          .filter(([, led]) => led.length > 0)
          .map(([service, led]) => ({
            what: `Withholding ${service} in ${from}`,
            because: `${led.join(' and ')}; it is withheld by the failover that leaves no entrance to it`,
          })),
        ...others,
        ...(unfit === undefined
          ? []
          : [{ what: `Watching and proving ${to}`, because: `nothing is moved there (${asClause(unfit)})` }]),
        ...(forced && title === undefined
          ? [
              {
                what: 'Shifting in small steps',
                because: `${from} is taken for lost${failing.length > 0 && !dead ? ` (${failing.join('; ')})` : ''}; every second there fails requests`,
              },
            ]
          : []),
      ],
      warnings: [
        ...there.warnings,
        ...(lifeless && served ? cutOffWarnings(from, evidence.here) : []),
        ...(failing.length > 0 && !dead ? [`${from} calls itself healthy, but ${failing.join('; ')}.`] : []),
        ...failingThere.map((one) => `${to} calls itself healthy, but ${one}: look before all goes there.`),
        ...ringWarnings(evidence.ring),
        ...(unfit === undefined ? provingWarnings(estate, to, evidence.ring) : []),
        ...sourceWarnings(from, to, evidence.ringHere, { dead, forced }),
        ...unpolledWarnings(evidence.others),
        ...loss.warnings,
      ],
      measures: loss.measures,
      next: {
        say: `${from} stays drained; when its servers run`,
        runbook: 'failback',
        input: { region: from },
      },
      ifLeft: failoverLeft(from, to),
      measuredBy: {
        fault: membersOf('outage', evidence.outage),
        loss: membersOf('missing', evidence.missing),
        expectedLoss: 'loss',
        recovery: 'shift',
      },
      wayBack: {
        say: `Give everything${ofThese} back to ${from}`,
        runbook: failoverInput.name,
        input: { from: to, to: from, ungraceful: true, ...(only === undefined ? {} : { traffic: only }) },
        from: 'shift',
      },
      blockers: [...there.blockers, ...room.blockers],
      phases: [
        gate('approve', title ?? moveAll, {
          tier: tierFor(estate, there),
          bounds: loss.bounds,
          scopes,
        }),
        phase('room', `Make room in ${to}`, ...each(room.steps, { parallel: 4 })),
        phase(
          'readmit',
          `Readmit ${to}${there.stale ? ', unrepaired' : ''}`,
          ...each(
            Object.fromEntries(there.unadmitted.map((service) => [service, services.readmit({ service, region: to })])),
            { parallel: 4 },
          ),
        ),
        ladder(estate, 'shift', `Shift to ${to}`, moves, {
          percents: forced ? UNGRACEFUL_PERCENTS : GRACEFUL_PERCENTS,
          watch: to,
          holds: !forced,
        }),
        phase(
          'withhold',
          `Keep ${from} from coming back by itself`,
          ...each(
            Object.fromEntries(
              reached
                .filter((service) => kept[service]?.length === 0)
                .map((service) => [service, services.withhold({ service, region: from })]),
            ),
            { parallel: 4 },
          ),
        ),
        ...(unfit === undefined
          ? [
              hold('commit', 'Commit window: it can still go back', {
                samples: sloSamples(estate, names, to, targetsOf(moves)),
                ...holdOf(estate, 'commit'),
                onFailure: 'ask',
              }),
            ]
          : []),
        pivot(),
        phase(
          'owed',
          `Withhold ${from} if it answers again`,
          ...each(
            Object.fromEntries(
              (forced ? Object.keys(evidence.here) : silent)
                .filter((service) => leadingElsewhere(estate, service, from, evidence.elsewhere).length === 0)
                .map((service) => [service, services.withhold({ service, region: from })]),
            ),
            { parallel: 4, bestEffort: true },
          ),
        ),
        prove(estate, 'failover', unfit === undefined ? [to] : []),
      ],
    };
  },
});

function trafficBetween(estate: Estate, from: string, to: string, only: string | undefined): string[] {
  const there = trafficOf(estate, to).map(({ name }) => name);
  const all = trafficOf(estate, from).flatMap(({ name }) => (there.includes(name) ? [name] : []));
  const named = only === undefined ? all : all.filter((name) => name === only);
  if (named.length > 0) return named;
  throw refusal(
    'no-traffic',
    only === undefined
      ? `No load balancer leads to both ${from} and ${to}.`
      : `${only} does not lead to both ${from} and ${to}.`,
    'traffic',
    `Name one of: ${all.join(', ') || 'none is in the estate file'}.`,
  );
}

/** The entrances of the source that this run leaves as they are, unless nothing is led there any more; with their command. */
function notMeant(
  estate: Estate,
  { from, to, names }: Pick<Exact, 'from' | 'to' | 'names'>,
  elsewhere: { readonly [name: string]: Evidence<TrafficReading> },
): { what: string; because: string }[] {
  return trafficOf(estate, from).flatMap(({ name, traffic: { servers, shares: usual } }) => {
    if (names.includes(name)) return [];
    const seen = elsewhere[name];
    const gone = seen?.ok && seen.value.setting.drained.includes(from);
    if (gone) return [];
    if (servers[to] !== undefined) {
      const command = `\`run failover from=${from} to=${to} traffic=${name}\``;
      return [{ what: `Moving ${name}`, because: `it was not named; it is moved by ${command}` }];
    }
    const [other] = Object.keys(servers)
      .filter((one) => one !== from)
      .sort((a, b) => (usual[b] ?? 0) - (usual[a] ?? 0));
    const command = other === undefined ? '' : `; it is moved by \`run failover from=${from} to=${other}\``;
    return [{ what: `Moving ${name}`, because: `it does not lead to ${to}${command}` }];
  });
}

/** Whether no entrance has anything to move; where nobody serves at all, it is the destination that is to. */
function movesNothing(from: string, shares: { readonly [name: string]: Evidence<TrafficReading> }): boolean {
  return Object.values(shares).every(
    (one) => one.ok && (one.value.setting.shares[from] ?? 0) === 0 && !servesNobody(one.value.setting),
  );
}

const servesNobody = ({ shares }: traffic.TrafficSetting): boolean =>
  Object.values(shares).every((share) => share === 0);

function movesOf(
  names: readonly string[],
  from: string,
  to: string,
  shares: { readonly [name: string]: Evidence<TrafficReading> },
): { readonly [name: string]: Move } {
  const read = names.filter((name) => shares[name]?.ok);
  const commands = read.map((name) => `\`run failover from=${from} to=${to} traffic=${name}\``);
  const withoutIt = commands.length === 0 ? '' : `What answers can be moved meanwhile: ${commands.join(', then ')}.`;
  return Object.fromEntries(
    names.map((name) => {
      const was = settingNow(name, shares[name], withoutIt);
      const target = Object.fromEntries(Object.keys(was.shares).map((region) => [region, was.shares[region] ?? 0]));
      target[to] = (target[to] ?? 0) + (target[from] ?? 0);
      target[from] = 0;
      // What gets nothing here stays drained: it may be stale, and only the drain keeps it out.
      const opened = (target[to] ?? 0) > 0 || servesNobody(was);
      const drained = [...new Set([...was.drained.filter((region) => region !== to || !opened), from])].sort();
      return [name, { was, target: { shares: target, drained } }];
    }),
  );
}

/** What a failover does where nothing has to be moved any more; undefined where something has. */
function withoutMoves(from: string, moves: { readonly [name: string]: Move }, withholds: boolean): string | undefined {
  const all = Object.values(moves);
  if (all.some(({ was }) => (was.shares[from] ?? 0) > 0)) return undefined;
  const drained = all.every(({ was }) => was.drained.includes(from));
  const served = [
    ...new Set(all.flatMap(({ was }) => Object.keys(was.shares).filter((one) => (was.shares[one] ?? 0) > 0))),
  ].sort();
  const does = [...(drained ? [] : ['drain']), ...(withholds ? ['withhold'] : [])].join(' and ');
  const what = does === '' ? 'Move nothing from' : `${does.charAt(0).toUpperCase()}${does.slice(1)}`;
  return `${what} ${from}; its traffic is at ${served.join(' and ')} already`;
}

/** By canary and region, as what is owed is read. */
function keyed<T>(byCanary: { readonly [canary: string]: T }, region: string): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(byCanary).map(([canary, one]) => [`${canary}@${region}`, one]));
}

/** Entrances where the destination is given more than it has. */
function gaining(to: string, moves: { readonly [name: string]: Move }): string[] {
  return Object.entries(moves).flatMap(([name, { was, target }]) =>
    (target.shares[to] ?? 0) > (was.shares[to] ?? 0) ? [name] : [],
  );
}

/** I1: what another entrance still leads to must not be withheld; why, a sentence each. */
function leadingElsewhere(
  estate: Estate,
  service: string,
  region: string,
  elsewhere: { readonly [name: string]: Evidence<TrafficReading> },
): string[] {
  const mine = Object.entries(elsewhere).filter(([name]) => estate.traffic[name]?.service === service);
  return leadingTo(region, Object.fromEntries(mine)).map(({ say }) => say);
}

function readingText(one: Evidence<TrafficReading>): string {
  if (!one.ok) return `not known: ${one.reason}`;
  const rescued = one.value.down.length > 0 ? `; it holds ${one.value.down.join(', ')} for down by its own checks` : '';
  return `${traffic.sharesText(one.value.setting)}${rescued}`;
}

function healthText(readings: { readonly [service: string]: Evidence<ServiceReading> }): string {
  return Object.entries(readings)
    .map(([service, one]) => {
      const from = one.from === undefined ? '' : `, as read in ${one.from}`;
      if (!one.ok) return `${service} does not answer${from}`;
      return `${service} ${one.value.healthy ? 'healthy' : `unhealthy: ${asClause(one.value.why)}`}, ${one.value.workers} workers${from}`;
    })
    .join('; ');
}

function ringText(one: Evidence<cassandra.RingReading>): string {
  if (!one.ok) return `not known: ${one.reason}`;
  const { up, down, silent, schemaAgreed } = one.value;
  const missing = [...down, ...silent];
  return `${up.length} up${missing.length > 0 ? `, not up: ${missing.join(', ')}` : ''}, schema ${schemaAgreed ? 'agreed' : 'NOT agreed'}`;
}

function ringWarnings(ring: { readonly [cluster: string]: Evidence<cassandra.RingReading> }): string[] {
  return Object.entries(ring).flatMap(([cluster, one]) => {
    if (!one.ok) return [`The ring of ${cluster} could not be read.`];
    if (one.value.down.length + one.value.silent.length > 0) return [`${cluster} has fewer copies than it should.`];
    return one.value.schemaAgreed ? [] : [`The nodes of ${cluster} disagree about the schema.`];
  });
}

/** A region that still serves may have a coordinator that does not: a graceful move is not for what hangs. */
function sourceWarnings(
  from: string,
  to: string,
  ring: { readonly [cluster: string]: Evidence<cassandra.RingReading> },
  { dead, forced }: { readonly dead: boolean; readonly forced: boolean },
): string[] {
  return Object.entries(ring).flatMap(([cluster, one]) => {
    // Of a dead region it goes without saying; one node of a region whose services fail is worth a word: it may be why.
    if (!one.ok) return dead ? [] : [`The ring of ${cluster} in ${from} could not be read: ${one.reason}.`];
    const out = [...one.value.down, ...one.value.silent];
    if (out.length === 0) return [];
    const who = `${out.join(', ')} ${out.length === 1 ? 'does' : 'do'} not answer`;
    const instead = `Where too many hang for small steps: \`run failover from=${from} to=${to} ungraceful=true\`.`;
    return [
      `${cluster} in ${from}: ${who}. Requests through it hang; what it alone acknowledged may be missing elsewhere.${forced ? '' : ` ${instead}`}`,
    ];
  });
}

/** Where the region is not called failing: what was counted, or that nothing was (I11). */
function countedText(users: { readonly [name: string]: Evidence<traffic.SloReading> }): string {
  const counted = Object.entries(users).flatMap(([name, one]) => {
    const measured = one.ok ? (one.value.measured ?? 0) : 0;
    return one.ok && measured > 0 ? [{ name, measured, rate: one.value.errorRate ?? 0 }] : [];
  });
  if (counted.length === 0) return 'not measured at the load balancer';
  const failed = counted.filter(({ rate }) => rate > 0);
  const say = failed.map(
    ({ name, measured, rate }) => `${percentOf(rate)} of ${measured} at the load balancer of ${name}`,
  );
  return say.join('; ') || 'none were seen';
}

const percentOf = (rate: number): string => `${Math.max(0.1, Math.round(rate * 1000) / 10)} %`;

/** Since when the source is away, as the canaries outside saw it; nothing while it answers them. */
function sinceText(outage: { readonly [canary: string]: Evidence<canaries.OutageReading> }): { since?: number } {
  const since = faultBegan(readingsOf(Object.values(outage), FaultReading), Number.POSITIVE_INFINITY);
  return since === null ? {} : { since };
}

function reasonOf(one: Evidence<unknown> | undefined): string {
  return one && !one.ok ? one.reason : 'not probed';
}
