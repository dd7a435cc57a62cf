/**
 * Servers that freeze (SIGSTOP) and go on where they were (SIGCONT): their sockets stay open, and nobody answers.
 *
 * Must never happen: one that stays frozen unseen; `status` shows it, and `heal` thaws whatever runs.
 */
import type { Instance } from '../instance.ts';
import { isFrozen } from '../proc.ts';
import { signalRecord, stateOf } from '../processes.ts';
import type { LabServer } from '../systems/system.ts';

export interface Frozen {
  readonly targets: readonly string[];
  /** When the first signal was sent, in ms since the epoch. */
  readonly atMs: number;
}

/** Freezes what runs of these servers, all within milliseconds. */
export function freezeServers(instance: Instance, servers: readonly LabServer[]): Promise<Frozen> {
  return signalServers(instance, servers, 'SIGSTOP');
}

/** Lets those go on that are frozen; the others are left alone. */
export function thawServers(instance: Instance, servers: readonly LabServer[]): Promise<Frozen> {
  return signalServers(instance, servers, 'SIGCONT');
}

async function signalServers(
  instance: Instance,
  servers: readonly LabServer[],
  signal: 'SIGSTOP' | 'SIGCONT',
): Promise<Frozen> {
  const states = await Promise.all(
    servers.map(async ({ target }) => ({ target, state: await stateOf(instance, target) })),
  );
  const atMs = Date.now();
  const targets = states.flatMap(({ target, state }) => {
    if (state.kind !== 'running' || isFrozen(state.record.pid) === (signal === 'SIGSTOP')) return [];
    return signalRecord(state.record, signal) ? [target] : [];
  });
  return { targets, atMs };
}
