/**
 * A region dies: kill -9 of everything in it, all at once.
 *
 * Must never happen: a signal to a process that the lab did not start (see `processes.ts`).
 */
import type { Instance } from '../instance.ts';
import { goneWithin, signalRecord, stateOf } from '../processes.ts';
import type { LabServer } from '../systems/system.ts';

export interface Killed {
  readonly targets: readonly string[];
  /** When the first signal was sent, in ms since the epoch: the fault's own clock, for tests. */
  readonly atMs: number;
}

/** Kills what runs of these servers. Records are read first, so that the signals follow each other within ms. */
export async function killServers(instance: Instance, servers: readonly LabServer[]): Promise<Killed> {
  const states = await Promise.all(
    servers.map(async (server) => ({ target: server.target, state: await stateOf(instance, server.target) })),
  );
  const atMs = Date.now();
  const killed: string[] = [];
  for (const { target, state } of states) {
    if (state.kind === 'running' && signalRecord(state.record, 'SIGKILL')) killed.push(target);
  }
  await Promise.all(states.map(({ state }) => (state.kind === 'running' ? goneWithin(state.record, 5000) : undefined)));
  return { targets: killed, atMs };
}
