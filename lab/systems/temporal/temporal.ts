/**
 * Temporal's development server with a database file: it survives kill -9 and goes on with running workflows.
 *
 *   addresses.ts  where it listens          pollers.ts  whether a worker of ours polls its queues
 *   obtain.ts     the CLI, pinned
 *
 * Its settings were tried: without them a step is capped at 50 ms and every sub-second timer costs a second.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../../kernel/run/search-attributes.ts';
import type { Instance } from '../../instance.ts';
import { PYTHON } from '../../obtain/pypi.ts';
import { hostPortOf, urlOf } from '../../places.ts';
import { type Command, stateOf } from '../../processes.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import type { LabServer, LabSystem } from '../system.ts';
import { temporalAddresses } from './addresses.ts';
import { obtainTemporal } from './obtain.ts';

const TARGET = 'temporal';

const server: LabServer = {
  target: TARGET,
  kind: 'temporal',
  place: 'outside',
  needs: [],
  readyTimeoutMs: 60_000,
  stopGraceMs: 10_000,
  missing: () => undefined,
  configure,
  ready,
};

export const temporal: LabSystem = {
  name: 'temporal',
  servers: [server],
  endpoints: (slot) => Object.values(temporalAddresses(slot)),
  shown: (slot) => [
    ['Temporal', hostPortOf(temporalAddresses(slot).frontend)],
    ['its Web UI', urlOf(temporalAddresses(slot).ui)],
  ],
  programs: [{ program: PYTHON, neededFor: 'obtaining Temporal' }],
  obtain: async (onProgress) => {
    await obtainTemporal(onProgress);
  },
  estateSections: (slot) => ({
    temporal: { address: hostPortOf(temporalAddresses(slot).frontend), namespace: 'default' },
  }),
};

/** Arguments of `temporal`. */
export function temporalArgs(slot: number, databaseFile: string): string[] {
  const { frontend, http, metrics, ui } = temporalAddresses(slot);
  return [
    ...['server', 'start-dev', '--ip', frontend.address, '--port', String(frontend.port)],
    ...['--http-port', String(http.port), '--metrics-port', String(metrics.port)],
    ...['--ui-ip', ui.address, '--ui-port', String(ui.port), '--ui-disable-news-fetch'],
    ...['--db-filename', databaseFile, '--log-level', 'warn'],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
    ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="10ms"'],
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

async function configure(instance: Instance): Promise<Command> {
  const folder = join(instance.root, 'temporal');
  await mkdir(folder, { recursive: true });
  const file = await obtainTemporal();
  return { file, args: temporalArgs(instance.slot, join(folder, 'temporal.db')), folder };
}

async function ready(instance: Instance): Promise<Readiness> {
  const state = await stateOf(instance, TARGET);
  if (state.kind !== 'running') return notYet('it is not running');
  const base = `${urlOf(temporalAddresses(instance.slot).http)}/api/v1/namespaces/default`;
  const namespace = await fetch(base, { signal: AbortSignal.timeout(2000) });
  if (!namespace.ok) return notYet(`namespace default: HTTP ${namespace.status}`);
  const listing = `${base}/workflows?pageSize=1&query=${encodeURIComponent("LifeboatEstate = 'none'")}`;
  const listed = await fetch(listing, { signal: AbortSignal.timeout(2000) });
  return listed.ok ? READY : notYet(`search attributes: HTTP ${listed.status}`);
}
