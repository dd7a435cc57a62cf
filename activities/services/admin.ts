/** The admin path of a service: POST with the token, which leaves this file only as a header (I8). */
import type { Estate } from '../../estate/schema.ts';
import { serviceAt, serviceOf } from '../../estate/services/questions.ts';
import type { Secrets } from '../../host/secrets.ts';
import { type LifeboatError, passing, refusal } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Place } from './health.ts';

/** A change is durable when it is acknowledged, which takes a disk's time. */
const TIMEOUT_MS = 3_000;

export type Admin = (
  place: Place,
  verb: 'workers' | 'readmit' | 'withhold',
  body: JsonObject,
  signal: AbortSignal,
) => Promise<void>;

export function createAdmin(dependencies: { estate: Estate; secrets: Secrets; fetch: typeof fetch }): Admin {
  const { estate, secrets, fetch: ask } = dependencies;
  return async (place, verb, body, signal) => {
    const there = serviceAt(estate, place.service, place.region);
    const token = await secrets.resolve(serviceOf(estate, place.service).admin);
    let status: number;
    try {
      const response = await ask(new URL(`${there.admin.replace(/\/$/, '')}/${verb}`, there.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      status = response.status;
    } catch {
      signal.throwIfAborted();
      throw passing(
        'service-unreachable',
        `${name(place)} did not answer to ${verb}.`,
        name(place),
        'Start it, or mend the way to it.',
      );
    }
    if (status < 200 || status > 299) throw refused(place, verb, status);
  };
}

const name = ({ service, region }: Place): string => `${service} in ${region}`;

function refused(place: Place, verb: string, status: number): LifeboatError {
  const message = `${name(place)} refused ${verb} with ${status}.`;
  if (status === 401 || status === 403) {
    return refusal('service-token', message, name(place), 'Give the service and the estate file the same token.');
  }
  if (status >= 500) return passing('service-refused', message, name(place), 'Read its log, then try again.');
  return refusal('service-refused', message, name(place), 'Read its log: it does not take this change.');
}
