/** All downloads at once, before tests begin: a test's own limit is no place for a download. */
import type { OnProgress } from '../progress.ts';
import { knownNames, partOf, SERVERS, splitNames, unknownName } from '../registry.ts';
import type { LabSystem } from '../systems/system.ts';
import { TOOLS, type Tool } from './tools.ts';

export interface ObtainOptions {
  /** Names as `up --only` takes them, and those of tools; everything when absent. */
  readonly only?: readonly string[];
  readonly onProgress: OnProgress;
}

export interface Obtained {
  readonly tools: readonly Tool[];
  readonly systems: readonly LabSystem[];
}

/**
 * Brings into the cache what the named parts and what they need run, and nothing else. One after the other: they share
 * the network and, where packages are installed, the package manager's lock. Throws `lab-target` before any download.
 */
export async function obtain({ only, onProgress }: ObtainOptions): Promise<void> {
  const { tools, systems } = toObtain(only);
  for (const tool of tools) await tool.obtain(onProgress);
  for (const system of systems) await system.obtain?.(onProgress);
}

/** What these names mean. Throws `lab-target` for a name that means nothing. */
export function toObtain(only?: readonly string[]): Obtained {
  if (only === undefined) return { tools: TOOLS, systems: [...new Set(SERVERS.map((server) => server.system))] };
  const toolNames = TOOLS.map((tool) => tool.name);
  const known = [...Object.values(knownNames()).flat(), ...toolNames];
  const names = splitNames(only);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName(unknown, known);
  const parts = names.filter((name) => !toolNames.includes(name));
  const servers = parts.length === 0 ? [] : partOf(parts);
  return {
    tools: TOOLS.filter((tool) => names.includes(tool.name)),
    systems: [...new Set(servers.map((server) => server.system))],
  };
}
