/** What Node programs of this checkout have in common: an entry point, started with `--config FILE`. */
import { join, relative } from 'node:path';
import { isThere, writeJson } from '../../host/whole-files.ts';
import { CHECKOUT, cacheFolder, type Instance } from '../instance.ts';
import type { Place } from '../places.ts';
import type { Command } from '../processes.ts';
import { notYet, READY, type Readiness } from '../wait.ts';
import type { LabServer, LabSystem } from './system.ts';

export interface NodeProgram {
  readonly target: string;
  readonly kind: string;
  readonly place: Place;
  readonly needs: readonly LabSystem[];
  /** Below the checkout: `worker/main.ts`. */
  readonly entry: string;
  /** Before `--config`: the worker's role. */
  readonly args?: readonly string[];
  readonly stopGraceMs: number;
  /**
   * Its configuration; written to `<root>/config/<target>.json` (0600) at each start. `folder` is where it keeps what must
   * survive its restart.
   */
  config(instance: Instance, folder: string): Promise<object> | object;
  ready(instance: Instance): Promise<Readiness>;
}

export function nodeServer(program: NodeProgram): LabServer {
  const entry = join(CHECKOUT, program.entry);
  async function configure(instance: Instance): Promise<Command> {
    const path = join(instance.root, 'config', `${program.target}.json`);
    const folder = join(instance.root, 'data', program.target);
    await writeJson(path, await program.config(instance, folder), { mode: 0o600 });
    return {
      file: process.execPath,
      args: [entry, ...(program.args ?? []), '--config', path],
      folder: CHECKOUT,
      // A dozen Node processes start at once on two cores: compiled code is kept between starts.
      environment: { NODE_COMPILE_CACHE: join(cacheFolder(), 'node-compile') },
    };
  }
  return {
    target: program.target,
    kind: program.kind,
    place: program.place,
    needs: program.needs,
    readyTimeoutMs: 60_000,
    stopGraceMs: program.stopGraceMs,
    missing: () => (isThere(entry) ? undefined : `${relative(CHECKOUT, entry)} does not exist in this checkout`),
    configure,
    ready: program.ready,
  };
}

/** Ready when it answers below 500. */
export async function answers(url: string): Promise<Readiness> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.status < 500 ? READY : notYet(`HTTP ${response.status} from ${url}`);
}
