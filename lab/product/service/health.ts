/**
 * Owns what this service says about its health, and the loop that finds it out.
 *
 * What must never happen: it says healthy on an old answer, or because a port is open. Healthy means admitted, and a
 * quorum of this region answered a read within PROBE_LIMIT_MS not longer than FRESH_MS ago.
 */
import type { Items } from './items.ts';
import type { Admission } from './marker.ts';

export const PROBE_EVERY_MS = 500;
export const PROBE_LIMIT_MS = 500;
export const FRESH_MS = 1_500;
/** The driver reconnects by itself within a second; beyond this it is taken for stuck. */
export const STUCK_MS = 20_000;

/** The body of `GET /health`; 200 when healthy, else 503. */
export interface Health {
  readonly healthy: boolean;
  /** One sentence; what stands in the way, or 'serving'. */
  readonly why: string;
  readonly region: string;
  readonly workers: number;
  readonly capacityPerWorker: number;
  readonly admitted: boolean;
  /** Item requests per second that arrived, overloaded ones included; mean of the last three seconds. */
  readonly rps: number;
}

export interface Prober {
  /** 'ok', or why the store does not count as healthy. */
  verdict(): 'ok' | string;
  stop(): Promise<void>;
}

/** Asks the store every PROBE_EVERY_MS until stopped. `nowMs` is monotonic. */
export function startProber(items: Items, nowMs: () => number): Prober {
  let goodAtMs: number | undefined;
  let answeredAtMs = nowMs();
  let reason = 'the store has not answered yet';
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function probe(): Promise<void> {
    const startedMs = nowMs();
    const answer = await items.probe();
    const endedMs = nowMs();
    if (answer.ok) answeredAtMs = endedMs;
    if (answer.ok && endedMs - startedMs <= PROBE_LIMIT_MS) {
      goodAtMs = endedMs;
      return;
    }
    reason = answer.ok ? `the store took ${Math.round(endedMs - startedMs)} ms` : `the store: ${answer.reason}`;
    if (endedMs - answeredAtMs < STUCK_MS) return;
    answeredAtMs = endedMs;
    items.reconnect();
  }

  async function loop(): Promise<void> {
    if (stopped) return;
    await probe();
    if (stopped) return;
    timer = setTimeout(() => {
      running = loop();
    }, PROBE_EVERY_MS);
  }

  let running = loop();
  return {
    verdict: () => (goodAtMs !== undefined && nowMs() - goodAtMs <= FRESH_MS ? 'ok' : reason),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** Puts the parts together. Pure. */
export function healthOf(parts: {
  region: string;
  admission: Admission;
  store: 'ok' | string;
  workers: number;
  capacityPerWorker: number;
  rps: number;
}): Health {
  const { region, admission, store, workers, capacityPerWorker, rps } = parts;
  const why = !admission.admitted ? admission.why : store === 'ok' ? 'serving' : store;
  return {
    healthy: admission.admitted && store === 'ok',
    why,
    region,
    workers,
    capacityPerWorker,
    admitted: admission.admitted,
    rps: Math.round(rps * 10) / 10,
  };
}
