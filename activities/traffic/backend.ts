/** Reads one backend of HAProxy as the estate file describes it: which region has which server, and what is set there. */
import type { HaproxyTraffic } from '../../estate/traffic/section.ts';
import { refusal } from '../../kernel/errors.ts';
import type { HaproxySocket } from './haproxy-socket.ts';
import {
  isDown,
  isDrained,
  parseServersState,
  parseStat,
  type ServerCounters,
  type ServerState,
} from './haproxy-tables.ts';
import type { RegionServer } from './shares.ts';

export interface BackendReading {
  readonly servers: readonly RegionServer[];
  /** Regions whose server is down by HAProxy's own checks. */
  readonly down: readonly string[];
}

/**
 * @throws LifeboatError `haproxy-unreachable`, `haproxy-unclear`, `haproxy-unknown-name`, `unmapped-server`
 */
export async function readBackend(
  traffic: HaproxyTraffic,
  socket: HaproxySocket,
  signal: AbortSignal,
): Promise<BackendReading> {
  const [stat, states] = await Promise.all([
    readCounters(traffic, socket, signal),
    socket.ask(`show servers state ${traffic.backend}`, signal),
  ]);
  return backendReading(traffic, stat, parseServersState(states));
}

/**
 * The counters of the backend's servers. `4` is the type "server", `-1` everything (management guide, "show stat"); asked
 * for by name, a frontend of the same name would answer in the backend's place.
 */
export async function readCounters(
  traffic: HaproxyTraffic,
  socket: HaproxySocket,
  signal: AbortSignal,
): Promise<ServerCounters[]> {
  return parseStat(await socket.ask('show stat -1 4 -1', signal)).filter(({ backend }) => backend === traffic.backend);
}

/** Puts both tables together. Pure. */
export function backendReading(
  traffic: HaproxyTraffic,
  stat: readonly ServerCounters[],
  states: readonly ServerState[],
): BackendReading {
  const mapped = Object.entries(traffic.servers).map(([region, server]) => {
    const counters = stat.find((one) => one.server === server);
    const state = states.find((one) => one.server === server);
    if (!counters || !state) {
      throw refusal(
        'haproxy-unknown-name',
        `HAProxy has no server ${server} in ${traffic.backend}.`,
        `${traffic.backend}/${server}`,
        'Give the backend and its servers the names that the estate file says.',
      );
    }
    return { region, server, counters, backup: counters.backup, drained: isDrained(state), weight: state.weight };
  });
  refuseUnmapped(traffic, stat, states);
  return {
    servers: mapped.map(({ counters: _, ...one }) => one),
    down: mapped.filter(({ counters }) => isDown(counters)).map(({ region }) => region),
  };
}

/** An active server that belongs to no region takes requests that no share tells of. A backup one only says sorry. */
function refuseUnmapped(
  traffic: HaproxyTraffic,
  stat: readonly ServerCounters[],
  states: readonly ServerState[],
): void {
  const known = new Set(Object.values(traffic.servers));
  const stranger = stat.find(({ server, backup }) => {
    const state = states.find((one) => one.server === server);
    return !known.has(server) && !backup && state !== undefined && !isDrained(state) && state.weight > 0;
  });
  if (stranger === undefined) return;
  throw refusal(
    'unmapped-server',
    `${traffic.backend}/${stranger.server} takes requests and belongs to no region.`,
    `${traffic.backend}/${stranger.server}`,
    'Add it to `servers` of this traffic in the estate file, or take it out of the backend.',
  );
}
