/**
 * Writes every canary at its own time in the interval, each through exactly its coordinator.
 *
 * Must never happen: two writes of one canary at once, or a pile of them after a pause: a turn that finds the last one
 * still running is left out.
 */
import type { Identity } from './identities.ts';

export interface Writer {
  stop(): Promise<void>;
}

/** @param put never rejects */
export function startWriter(
  identities: readonly Identity[],
  everyMs: number,
  put: (identity: Identity) => Promise<void>,
): Writer {
  const running = new Map<string, Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  identities.forEach((identity, index) => {
    const turn = (): void => {
      if (running.has(identity.id)) return;
      running.set(
        identity.id,
        put(identity).finally(() => running.delete(identity.id)),
      );
    };
    const first = setTimeout(
      () => {
        timers.delete(first);
        timers.add(setInterval(turn, everyMs));
        turn();
      },
      (index * everyMs) / identities.length,
    );
    timers.add(first);
  });
  return {
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}
