/**
 * Requests of our own through the door that users take, from outside the regions: what they see weighs more than what a
 * region says of itself.
 *
 * Must never happen: a probe that adds to an overload (few requests, one after the other in each of a few lanes), or one
 * whose own failure to send counts as the product's.
 */
import type { Traffic } from '../../estate/traffic/section.ts';
import { refusal } from '../../kernel/errors.ts';
import type { DoorArgs, SloReading } from '../../runbooks/steps/traffic.ts';

/** Users have given up by then. */
const TIMEOUT_MS = 1_500;
/** No request is begun later: with the last one's time-out it stays below the step's limit of 3 s, whatever hangs. */
const TOTAL_MS = 1_000;
const LANES = 5;

interface Answer {
  readonly failed: boolean;
  readonly ms: number;
}

/** @throws LifeboatError `no-door` */
export async function readDoor(
  { door }: Traffic,
  args: DoorArgs,
  signal: AbortSignal,
  ask: typeof fetch,
): Promise<SloReading> {
  if (door === undefined) {
    throw refusal('no-door', `${args.traffic} has no \`door\`.`, args.traffic, 'Give it one in the estate file.');
  }
  const answers: Answer[] = [];
  const untilMs = performance.now() + TOTAL_MS;
  let left = args.requests;
  async function lane(url: string): Promise<void> {
    while (left > 0 && performance.now() < untilMs) {
      left -= 1;
      answers.push(await knock(url, signal, ask));
    }
  }
  await Promise.all(Array.from({ length: LANES }, () => lane(door)));
  return doorReading(answers, args);
}

/** Any answer below 500 is the product's own; no answer in time is a failure. */
async function knock(url: string, signal: AbortSignal, ask: typeof fetch): Promise<Answer> {
  const startedMs = performance.now();
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await ask(url, { signal: limit, redirect: 'manual' });
    await response.body?.cancel();
    return { failed: response.status >= 500, ms: performance.now() - startedMs };
  } catch {
    signal.throwIfAborted();
    return { failed: true, ms: performance.now() - startedMs };
  }
}

/** Pure. */
export function doorReading(
  answers: readonly Answer[],
  { errorRate: limit, latencyMs: limitMs }: Pick<DoorArgs, 'errorRate' | 'latencyMs'>,
): SloReading {
  const measured = answers.length;
  if (measured === 0) return { healthy: null, why: 'no requests', measured, errorRate: null, latencyMs: null };
  const errorRate = answers.filter(({ failed }) => failed).length / measured;
  const latencyMs = Math.round(answers.reduce((sum, { ms }) => sum + ms, 0) / measured);
  const why = `${Math.round(errorRate * 100)} % of ${measured} requests failed, ${latencyMs} ms`;
  return { healthy: errorRate <= limit && latencyMs <= limitMs, why, measured, errorRate, latencyMs };
}
