/** Waiting for a condition, with a limit and a name for what did not come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '../kernel/errors.ts';

const POLL_MS = 100;

/** The first value that `look` finds. @throws LifeboatError `demo-timeout` after `timeoutMs`. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs: number): Promise<T> {
  const endAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endAt) {
      throw refusal(
        'demo-timeout',
        `${what} did not come within ${Math.round(timeoutMs / 1000)} s.`,
        what,
        'Look at `npm run lab -- status`.',
      );
    }
    await sleep(POLL_MS);
  }
}
