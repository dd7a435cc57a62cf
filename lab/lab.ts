/**
 * The lab: a two-region estate of real servers on one machine, and the ways to break it.
 *
 *   systems/      a folder per system: obtained, addressed, described, started, known to be ready
 *   obtain/       what they share: Debian, PyPI, Maven, pinned; tools of the tests     cache.ts  what was obtained
 *   places.ts     regions, networks, group ids     people.ts   who is in the estate    secrets.ts  passwords and keys
 *   instance.ts   a name, its slot and folder      estate.ts   the estate file, of the systems' sections
 *   registry.ts   all servers, and what names mean           up.ts  obtain, configure, start, wait
 *   processes.ts  who runs, and ending them; lock.ts, proc.ts, commands.ts, wait.ts    faults/     kill, freeze, cut
 *   doctor.ts     what the machine lacks           main.ts     the command line; progress.ts, screen.ts: what it shows
 *
 *   standins/     servers that cannot be had here; each starts by itself and knows nothing of the lab
 *   product/      what is saved: service, load client; knows nothing of Lifeboat
 *
 * The lab starts those two, and Lifeboat's own processes, as programs; it imports none of them.
 *
 * This file is what demo and tests use. State is in the instance's folder only, so that any process may open the same
 * lab. Changing commands of one instance wait for each other; kill does not wait.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal } from '../kernel/errors.ts';
import { cutPath, cutRegion, cutsOf, healAll, removeMarks } from './faults/cut.ts';
import { type Frozen, freezeServers, thawServers } from './faults/freeze.ts';
import { type Killed, killServers } from './faults/kill.ts';
import { estatePath, type Instance, openInstance, releaseSlot } from './instance.ts';
import { withLock } from './lock.ts';
import { byRegion, hostPortOf, isRegion, type Region, urlOf } from './places.ts';
import { isFrozen, proportionalBytes } from './proc.ts';
import { stateOf, stopProcess } from './processes.ts';
import { type OnProgress, silent } from './progress.ts';
import { partOf, type RegisteredServer, SERVERS, serversNamed } from './registry.ts';
import { canaryEndpoint } from './systems/canaries/canaries.ts';
import { botEndpoint } from './systems/lifeboat/bot.ts';
import { loadEndpoint } from './systems/load/load.ts';
import { serviceEndpoints } from './systems/services/addresses.ts';
import { slackEndpoint } from './systems/slack/workspace.ts';
import { temporalAddresses } from './systems/temporal/addresses.ts';
import { trafficAddresses } from './systems/traffic/addresses.ts';
import { askHaproxy, reloadHaproxy } from './systems/traffic/haproxy.ts';
import { bringUp, lookReady, type UpResult } from './up.ts';

export interface TargetStatus {
  readonly target: string;
  readonly place: string;
  readonly state: 'ready' | 'starting' | 'frozen' | 'dead' | 'stopped' | 'missing';
  readonly why: string;
  readonly pid?: number;
  readonly memoryBytes?: number;
}

export interface LabStatus {
  readonly name: string;
  readonly root: string;
  readonly targets: readonly TargetStatus[];
  readonly cut: readonly Region[];
  /** Regions that the load balancer does not reach, though everybody else does. */
  readonly cutPaths: readonly Region[];
  readonly memoryBytes: number;
}

export interface LabUrls {
  readonly temporal: string;
  readonly temporalUi: string;
  readonly items: string;
  readonly itemsAuto: string;
  readonly haproxyStats: string;
  readonly slack: string;
  readonly bot: string;
  readonly load: string;
  readonly canary: string;
  readonly services: Readonly<Record<Region, string>>;
}

export interface UpOptions {
  /** Systems, regions, kinds or targets, with what they need; everything when absent. */
  readonly only?: readonly string[];
  readonly onProgress?: OnProgress;
}

export interface Lab {
  readonly instance: Instance;
  readonly urls: LabUrls;
  /** Absolute path of the rendered estate file. */
  readonly estateFile: string;
  /** Starts what does not run and waits until all chosen are ready. Idempotent. */
  up(options?: UpOptions): Promise<UpResult>;
  /** Ends everything that this lab started, cleanly where it can; `remove` deletes its folder and frees its slot. */
  down(options?: { readonly remove?: boolean; readonly onProgress?: OnProgress }): Promise<void>;
  status(): Promise<LabStatus>;
  /** kill -9 of a target, a kind, a system, or everything in a region. */
  kill(name: string): Promise<Killed>;
  /** Starts a target, a kind, a system, or everything in a region, and nothing beside it; waits until it is ready. */
  start(name: string, options?: { readonly onProgress?: OnProgress }): Promise<UpResult>;
  /** SIGSTOP of a target, a kind, a system, or everything in a region: its sockets stay open, and nobody answers. */
  freeze(name: string): Promise<Frozen>;
  /** What is frozen of it goes on where it was. */
  thaw(name: string): Promise<Frozen>;
  cut(region: Region): Promise<void>;
  /** Only the load balancer does not reach the region's service any more. */
  cutPath(region: Region): Promise<void>;
  /** Ends every cut, and thaws everything. */
  heal(): Promise<void>;
  /** A new HAProxy process takes over with the state file; what was not written there is forgotten. */
  reloadHaproxy(): Promise<void>;
  /** One command over HAProxy's runtime socket. */
  askHaproxy(command: string): Promise<string>;
}

/** A command that waits for another one of the same instance: an `up` from an empty cache takes minutes. */
const LOCK_TIMEOUT_MS = 15 * 60_000;

/** Opens the lab of that name, making its folder when there is none. Starts nothing. */
export async function openLab(options: { readonly name?: string } = {}): Promise<Lab> {
  const instance = await openInstance(options.name ?? 'default');

  function alone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(instance.root, 'lock'), { timeoutMs: LOCK_TIMEOUT_MS }, work);
  }

  return {
    instance,
    urls: urlsOf(instance),
    estateFile: estatePath(instance),
    up: ({ only, onProgress = silent } = {}) =>
      alone(() => bringUp(instance, only === undefined ? SERVERS : partOf(only), onProgress)),
    down: ({ remove = false, onProgress = silent } = {}) => alone(() => bringDown(instance, remove, onProgress)),
    status: () => statusOf(instance),
    kill: (name) => killServers(instance, serversNamed(name)),
    start: (name, { onProgress = silent } = {}) =>
      alone(async () => {
        const result = await bringUp(instance, serversNamed(name), onProgress);
        const [missing] = result.missing;
        if (missing === undefined || isRegion(name)) return result;
        throw refusal('lab-missing', `${missing.target} cannot be started: ${missing.why}`, name, 'Add that file.');
      }),
    freeze: (name) => freezeServers(instance, serversNamed(name)),
    thaw: (name) => thawServers(instance, serversNamed(name)),
    cut: (region) => alone(() => cutRegion(instance, region)),
    cutPath: (region) => alone(() => cutPath(instance, region)),
    heal: () =>
      alone(async () => {
        await healAll(instance);
        await thawServers(instance, SERVERS);
      }),
    reloadHaproxy: () => alone(() => reloadHaproxy(instance)),
    askHaproxy: (command) => askHaproxy(instance, command),
  };
}

async function bringDown(instance: Instance, remove: boolean, onProgress: OnProgress): Promise<void> {
  // A cut would keep clean stops from being clean, and what is frozen does not stop at all.
  await healAll(instance);
  await thawServers(instance, SERVERS);
  const stop = async (server: RegisteredServer): Promise<void> => {
    if (await stopProcess(instance, server.target, server.stopGraceMs)) {
      onProgress({ subject: server.target, phase: 'stopped', text: 'stopped' });
    }
  };
  // Clients first, then what they are clients of.
  await Promise.all(SERVERS.filter((server) => server.needs.length > 0).map(stop));
  await Promise.all(SERVERS.filter((server) => server.needs.length === 0).map(stop));
  await removeMarks(instance);
  if (!remove) return;
  await rm(instance.root, { recursive: true, force: true });
  await releaseSlot(instance);
}

async function statusOf(instance: Instance): Promise<LabStatus> {
  const targets = await Promise.all(SERVERS.map((server) => targetStatus(instance, server)));
  const cuts = await cutsOf(instance);
  return {
    name: instance.name,
    root: instance.root,
    targets,
    cut: cuts.regions,
    cutPaths: cuts.paths,
    memoryBytes: targets.reduce((sum, target) => sum + (target.memoryBytes ?? 0), 0),
  };
}

async function targetStatus(instance: Instance, server: RegisteredServer): Promise<TargetStatus> {
  const { target, place } = server;
  const state = await stateOf(instance, target);
  if (state.kind === 'running') {
    const { pid } = state.record;
    const memoryBytes = proportionalBytes(pid) ?? 0;
    if (isFrozen(pid)) return { target, place, state: 'frozen', why: 'end it with thaw', pid, memoryBytes };
    const look = await lookReady(instance, server);
    return { target, place, state: look.ok ? 'ready' : 'starting', why: look.why, pid, memoryBytes };
  }
  const missing = server.missing();
  if (missing !== undefined) return { target, place, state: 'missing', why: missing };
  if (state.kind === 'dead') return { target, place, state: 'dead', why: `process ${state.record.pid} is gone` };
  return { target, place, state: 'stopped', why: 'never started' };
}

function urlsOf({ slot }: Instance): LabUrls {
  const temporal = temporalAddresses(slot);
  const doors = trafficAddresses(slot);
  return {
    temporal: hostPortOf(temporal.frontend),
    temporalUi: urlOf(temporal.ui),
    items: urlOf(doors.items),
    itemsAuto: urlOf(doors.itemsAuto),
    haproxyStats: urlOf(doors.stats),
    slack: urlOf(slackEndpoint(slot)),
    bot: urlOf(botEndpoint(slot)),
    load: urlOf(loadEndpoint(slot)),
    canary: urlOf(canaryEndpoint(slot)),
    services: byRegion((region) => urlOf(serviceEndpoints(slot)[region])),
  };
}
