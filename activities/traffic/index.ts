/**
 * Traffic between regions at HAProxy.
 *
 *   haproxy-socket.ts   one command, one answer, refusals by text     shares.ts      weights to shares and back, the order
 *   haproxy-tables.ts   `show stat`, `show servers state`             guard.ts       I1
 *   backend.ts          a backend as the estate describes it          slo.ts         errors and latency of a window
 *   state-file.ts       what survives a reload                    until-up.ts    what the load balancer says of a server
 *   stats-page.ts       a share as its statistics tell it         door.ts        requests by the way that users take
 *
 * Must never happen: a change that is not in the state file counts as done; the next reload would take it back.
 */
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '../../estate/schema.ts';
import { trafficNamed } from '../../estate/traffic/questions.ts';
import type { HaproxyTraffic } from '../../estate/traffic/section.ts';
import { asClause, LifeboatError, refusal } from '../../kernel/errors.ts';
import { door, type SloArgs, set, shares, slo, type TrafficReading } from '../../runbooks/steps/traffic.ts';
import { readHealth } from '../services/health.ts';
import { asSeen, type Context, type Implementations, implement } from '../step-implementation.ts';
import { type BackendReading, readBackend, readCounters } from './backend.ts';
import { readDoor } from './door.ts';
import { refuseUnsafe } from './guard.ts';
import { createHaproxySocket, type HaproxySocket } from './haproxy-socket.ts';
import { attainable, changesTo, sameSetting, settingOf, sharesOf } from './shares.ts';
import { offPlan, sloReading } from './slo.ts';
import { isKept, keepState } from './state-file.ts';
import { untilUp } from './until-up.ts';

export interface TrafficDependencies {
  readonly estate: Estate;
  /** Of the estate file; relative sockets and state files are below it. */
  readonly folder: string;
  readonly fetch?: typeof fetch;
  /** For tests. */
  readonly socketAt?: (path: string) => HaproxySocket;
}

export function createTrafficSteps(dependencies: TrafficDependencies): Implementations {
  const { estate, folder, fetch: ask = fetch, socketAt = (path) => createHaproxySocket({ path }) } = dependencies;
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const open = (name: string) => {
    const traffic = trafficNamed(estate, name);
    return { traffic, socket: socketAt(absolute(traffic.socket)), stateFile: absolute(traffic.stateFile) };
  };

  return {
    ...implement(shares, {
      async read({ traffic: name }, { signal }) {
        const { traffic, socket } = open(name);
        return readingOf(await readBackend(traffic, socket, signal));
      },
      result: asSeen,
    }),
    ...implement(set, {
      async read({ traffic: name, to }, { signal }): Promise<Seen> {
        const { traffic, socket, stateFile } = open(name);
        const backend = await readBackend(traffic, socket, signal);
        const reading = readingOf(backend);
        const same = sameSetting(reading.setting, attainable(to, backend.servers));
        if (same !== true) return { reading, lacks: same };
        const kept = await isKept(stateFile, traffic.backend, socket, signal);
        return { reading, lacks: kept ? undefined : 'the state file does not hold it' };
      },
      async act({ traffic: name, to }, context) {
        const { traffic, socket, stateFile } = open(name);
        const { servers } = await readBackend(traffic, socket, context.signal);
        const wanted = attainable(to, servers);
        if (sameSetting(wanted, to) !== true) {
          context.progress(null, 'an active and a backup server cannot share requests: one side gets all');
        }
        const down = async (): Promise<readonly string[]> => (await readBackend(traffic, socket, context.signal)).down;
        const fit = async (region: string): Promise<true | string> => {
          const says = await fitness(estate, traffic, region, context, ask);
          return says === true ? untilUp(region, down, context) : says;
        };
        const now = settingOf(servers);
        const known = Object.keys(traffic.servers);
        // The setting as asked for, then as it will be: rounding may raise a share.
        await refuseUnsafe({ traffic: name, to, now, known, fit });
        await refuseUnsafe({ traffic: name, to: wanted, now, known, fit });
        for (const change of changesTo(wanted, servers)) {
          const what = change.set === 'weight' ? `weight ${change.weight}` : `state ${change.set}`;
          await socket.tell(`set server ${traffic.backend}/${change.server} ${what}`, context.signal);
        }
        await keepState(stateFile, socket, context.signal);
      },
      proven: ({ lacks }) => lacks ?? true,
      result: ({ reading }) => reading,
    }),
    ...implement(slo, {
      async read(args, { signal }) {
        const { traffic, socket } = open(args.traffic);
        const first = await countersOf(traffic, args.region, socket, signal);
        await Promise.all([sleep(args.window, undefined, { signal }), knock(traffic, args, signal, ask)]);
        const [second, { servers }] = await Promise.all([
          countersOf(traffic, args.region, socket, signal),
          readBackend(traffic, socket, signal),
        ]);
        const share = sharesOf(servers)[args.region] ?? 0;
        const reading = sloReading(first, second, { ...args, share });
        const off = offPlan(args.share, share, new Set(servers.map(({ backup }) => backup)).size > 1);
        return off === undefined ? reading : { ...reading, healthy: false, why: off };
      },
      result: asSeen,
    }),
    ...implement(door, {
      read: (args, { signal }) => readDoor(trafficNamed(estate, args.traffic), args, signal, ask),
      result: asSeen,
    }),
  };
}

/** A reading, and what it lacks of what was to be set. */
interface Seen {
  readonly reading: TrafficReading;
  readonly lacks: string | undefined;
}

function readingOf({ servers, down }: BackendReading): TrafficReading {
  return { setting: settingOf(servers), down: [...down] };
}

/** Requests of our own while the counters are watched; what comes of them is read from the counters, as of any request. */
async function knock(traffic: HaproxyTraffic, args: SloArgs, signal: AbortSignal, ask: typeof fetch): Promise<void> {
  if (args.probes > 0) await readDoor(traffic, { ...args, requests: args.probes }, signal, ask);
}

async function countersOf(traffic: HaproxyTraffic, region: string, socket: HaproxySocket, signal: AbortSignal) {
  const server = traffic.servers[region];
  const counters = (await readCounters(traffic, socket, signal)).find((one) => one.server === server);
  if (counters) return counters;
  throw refusal(
    'haproxy-unknown-name',
    `HAProxy has no server of ${region} in ${traffic.backend}.`,
    `${traffic.backend}/${server ?? region}`,
    'Give the backend and its servers the names that the estate file says.',
  );
}

/** Asks the region's own service, not the load balancer: it is the one that knows whether it may serve. */
async function fitness(
  estate: Estate,
  traffic: HaproxyTraffic,
  region: string,
  { signal }: Context,
  ask: typeof fetch,
): Promise<true | string> {
  try {
    const { healthy, why } = await readHealth(estate, { service: traffic.service, region }, signal, ask);
    return healthy || `${traffic.service} says: ${why}`;
  } catch (error) {
    signal.throwIfAborted();
    if (LifeboatError.is(error)) return asClause(error.message);
    throw error;
  }
}
