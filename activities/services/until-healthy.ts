/** Gives a readmitted service a little time to find out that it is healthy; whether it did is proved by who reads next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LifeboatError } from '../../kernel/errors.ts';
import type { ServiceReading } from '../../runbooks/steps/services.ts';
import type { Context } from '../step-implementation.ts';

/** Below the step's limit of 15 s, with room for the reading that proves it. */
const LIMIT_MS = 10_000;
const EVERY_MS = 200;

/** Returns when it is healthy or the time is over; rejects only when it is aborted. */
export async function untilHealthy(read: () => Promise<ServiceReading>, context: Context): Promise<void> {
  const untilMs = performance.now() + LIMIT_MS;
  while (performance.now() < untilMs) {
    try {
      const reading = await read();
      if (reading.healthy) return;
      context.progress(null, `readmitted; not healthy yet: ${reading.why}`);
    } catch (error) {
      if (!LifeboatError.is(error) || !error.retryable) throw error;
    }
    await sleep(EVERY_MS, undefined, { signal: context.signal });
  }
}
