/**
 * The lab: a two-region estate of real servers on one machine, and the ways to break it.
 *
 *   plan.ts       addresses, ports, group ids, tokens of a slot      instance.ts   a name, its slot and folder
 *   registry.ts   all servers, and what names mean                   servers/      one file per server
 *   up.ts         obtain, configure, start, wait                     processes.ts  who runs, and ending them
 *   obtain/       Maven, PyPI, Debian, pinned                        cache.ts      what was obtained
 *   estate.ts     the estate file; keys.ts keys and secrets          faults/       kill and cut
 *   doctor.ts     what the machine lacks                             main.ts       the command line
 *
 * This file is what demo and tests use. State is in the instance's folder only, so that any process may open the same
 * lab. Changing commands of one instance wait for each other; kill does not wait.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refusal } from '../kernel/errors.ts';
import { estatePath } from './estate.ts';
import { cutRegion, cutRegions, healAll, removeMarks } from './faults/cut.ts';
import { type Killed, killServers } from './faults/kill.ts';
import { type Instance, openInstance, releaseSlot } from './instance.ts';
import { withLock } from './lock.ts';
import { isRegion, REGIONS, type Region, urlOf } from './places.ts';
import { proportionalBytes } from './proc.ts';
import { stateOf, stopProcess } from './processes.ts';
import { type OnProgress, silent } from './progress.ts';
import { allServers, serversChosen, serversNamed } from './registry.ts';
import type { LabServer } from './systems/system.ts';
import { askHaproxy, reloadHaproxy } from './systems/traffic/haproxy.ts';
import { bringUp, lookReady, type UpResult } from './up.ts';

export interface TargetStatus {
  readonly target: string;
  readonly place: string;
  readonly state: 'ready' | 'starting' | 'dead' | 'stopped' | 'missing';
  readonly why: string;
  readonly pid?: number;
  readonly memoryBytes?: number;
}

export interface LabStatus {
  readonly name: string;
  readonly root: string;
  readonly targets: readonly TargetStatus[];
  readonly cut: readonly Region[];
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
  /** Targets, kinds or regions; everything when absent. What they need beside them is not added. */
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
  /** kill -9 of a target, a kind, or everything in a region. */
  kill(name: string): Promise<Killed>;
  /** Starts a target, a kind, or everything in a region, and waits until it is ready. */
  start(name: string, options?: { readonly onProgress?: OnProgress }): Promise<UpResult>;
  cut(region: Region): Promise<void>;
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
  const servers = allServers(instance);

  function alone<T>(work: () => Promise<T>): Promise<T> {
    return withLock(join(instance.root, 'lock'), { timeoutMs: LOCK_TIMEOUT_MS }, work);
  }

  return {
    instance,
    urls: urlsOf(instance),
    estateFile: estatePath(instance),
    up: ({ only, onProgress = silent } = {}) =>
      alone(() => bringUp(instance, only === undefined ? servers : serversChosen(servers, only), onProgress)),
    down: ({ remove = false, onProgress = silent } = {}) =>
      alone(() => bringDown(instance, servers, remove, onProgress)),
    status: () => statusOf(instance, servers),
    kill: (name) => killServers(instance, serversNamed(servers, name)),
    start: (name, { onProgress = silent } = {}) =>
      alone(async () => {
        const result = await bringUp(instance, serversNamed(servers, name), onProgress);
        const [missing] = result.missing;
        if (missing === undefined || isRegion(name)) return result;
        throw refusal('lab-missing', `${missing.target} cannot be started: ${missing.why}`, name, 'Add that file.');
      }),
    cut: (region) => alone(() => cutRegion(instance, region)),
    heal: () => alone(() => healAll(instance)),
    reloadHaproxy: () => alone(() => reloadHaproxy(instance)),
    askHaproxy: (command) => askHaproxy(instance, command),
  };
}

async function bringDown(
  instance: Instance,
  servers: readonly LabServer[],
  remove: boolean,
  onProgress: OnProgress,
): Promise<void> {
  // A cut would keep clean stops from being clean.
  await healAll(instance);
  const stop = async (server: LabServer): Promise<void> => {
    if (await stopProcess(instance, server.target, server.stopGraceMs)) {
      onProgress({ subject: server.target, phase: 'stopped', text: 'stopped' });
    }
  };
  // Clients first, then what they are clients of.
  const base = new Set(['temporal', 'haproxy', 'cassandra']);
  await Promise.all(servers.filter((server) => !base.has(server.kind)).map(stop));
  await Promise.all(servers.filter((server) => base.has(server.kind)).map(stop));
  await removeMarks(instance);
  if (!remove) return;
  await rm(instance.root, { recursive: true, force: true });
  await releaseSlot(instance);
}

async function statusOf(instance: Instance, servers: readonly LabServer[]): Promise<LabStatus> {
  const targets = await Promise.all(servers.map((server) => targetStatus(instance, server)));
  return {
    name: instance.name,
    root: instance.root,
    targets,
    cut: await cutRegions(instance),
    memoryBytes: targets.reduce((sum, target) => sum + (target.memoryBytes ?? 0), 0),
  };
}

async function targetStatus(instance: Instance, server: LabServer): Promise<TargetStatus> {
  const { target, place } = server;
  const state = await stateOf(instance, target);
  if (state.kind === 'running') {
    const look = await lookReady(instance, server);
    const { pid } = state.record;
    const memoryBytes = proportionalBytes(pid) ?? 0;
    return { target, place, state: look.ok ? 'ready' : 'starting', why: look.why, pid, memoryBytes };
  }
  const missing = server.missing();
  if (missing !== undefined) return { target, place, state: 'missing', why: missing };
  if (state.kind === 'dead') return { target, place, state: 'dead', why: `process ${state.record.pid} is gone` };
  return { target, place, state: 'stopped', why: 'never started' };
}

function urlsOf(instance: Instance): LabUrls {
  const { plan } = instance;
  const [us, eu] = REGIONS;
  return {
    temporal: `${plan.temporal.frontend.address}:${plan.temporal.frontend.port}`,
    temporalUi: urlOf(plan.temporal.ui),
    items: urlOf(plan.haproxy.items),
    itemsAuto: urlOf(plan.haproxy.itemsAuto),
    haproxyStats: urlOf(plan.haproxy.stats),
    slack: urlOf(plan.slack),
    bot: urlOf(plan.bot),
    load: urlOf(plan.load),
    canary: urlOf(plan.canary),
    services: { [us]: urlOf(plan.services[us]), [eu]: urlOf(plan.services[eu]) },
  };
}
