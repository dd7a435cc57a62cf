/**
 * Asks a service in one region how it is. Used by the service steps and by whoever must know before traffic goes there
 * (I1). A service that does not answer is an error, never a reading: nobody may take silence for a state.
 */
import { z } from 'zod';
import type { Estate } from '../../estate/schema.ts';
import { serviceAt } from '../../estate/services/questions.ts';
import { asClause, passing } from '../../kernel/errors.ts';
import type { ServiceReading } from '../../runbooks/steps/services.ts';

/** A probe answers at once or not at all (design, "Evidence"). */
export const HEALTH_TIMEOUT_MS = 1_000;
const WHY_LIMIT = 200;

const Body = z.object({
  healthy: z.boolean(),
  why: z.string(),
  admitted: z.boolean(),
  workers: z.int().nonnegative(),
  capacityPerWorker: z.number().positive(),
});

export interface Place {
  readonly service: string;
  readonly region: string;
}

/**
 * One GET. 200 and 503 are both answers; the body says what holds, and only 200 can be healthy.
 * @throws LifeboatError `unknown-service-region`; `service-unreachable`, `service-unclear` (both may pass)
 */
export async function readHealth(
  estate: Estate,
  place: Place,
  signal: AbortSignal,
  ask: typeof fetch = fetch,
): Promise<ServiceReading> {
  const there = serviceAt(estate, place.service, place.region);
  const url = new URL(there.health, there.url);
  let status: number;
  let text: string;
  try {
    const response = await ask(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]) });
    status = response.status;
    text = await response.text();
  } catch {
    signal.throwIfAborted();
    throw passing(
      'service-unreachable',
      `${place.service} in ${place.region} did not answer within ${HEALTH_TIMEOUT_MS} ms.`,
      `${place.service} in ${place.region}`,
      'Start it, or mend the way to it.',
    );
  }
  const reading = healthReading(status, jsonOf(text));
  if (reading) return reading;
  throw passing(
    'service-unclear',
    `The health of ${place.service} in ${place.region} is not known: it answered ${status} with something else.`,
    `${place.service} in ${place.region}`,
    'See that its health path is the one in the estate file.',
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The reading in an answer, or undefined when it is none. Pure. */
export function healthReading(status: number, body: unknown): ServiceReading | undefined {
  if (status !== 200 && status !== 503) return undefined;
  const parsed = Body.safeParse(body);
  if (!parsed.success) return undefined;
  const { healthy, why, ...rest } = parsed.data;
  const said = why.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, WHY_LIMIT);
  if (healthy && status !== 200) return { ...rest, healthy: false, why: `it says healthy and answers ${status}` };
  return { ...rest, healthy, why: asClause(said.trim()) };
}
