/** Waiting for a condition of the world, with a limit and the last reason it was not met. */
import { setTimeout as sleep } from 'node:timers/promises';
import { passing } from '../kernel/errors.ts';

/** What a look at a server found: it is ready, or why it is not yet. */
export type Readiness = { readonly ok: true } | { readonly ok: false; readonly why: string };

export const READY: Readiness = { ok: true };

export function notYet(why: string): Readiness {
  return { ok: false, why };
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs: number;
  /** What is waited for, as the subject of a sentence. */
  readonly what: string;
  /** Where to read on when it did not come: a log's path. */
  readonly where: string;
  readonly onWhy?: (why: string) => void;
}

/**
 * Looks until it is ready. A look that throws counts as "not yet" with the error's class and code: a server that is
 * coming up refuses connections. Throws `lab-not-ready` at the limit.
 */
export async function waitFor(look: () => Promise<Readiness>, options: WaitOptions): Promise<void> {
  const until = Date.now() + options.timeoutMs;
  let why = 'not looked at yet';
  for (;;) {
    try {
      const found = await look();
      if (found.ok) return;
      why = found.why;
    } catch (error) {
      why = describe(error);
    }
    options.onWhy?.(why);
    if (Date.now() >= until) {
      throw passing(
        'lab-not-ready',
        `${options.what} was not ready after ${Math.round(options.timeoutMs / 1000)} s: ${why}`,
        options.where,
        `Read ${options.where}; then run \`npm run lab -- up\` again, which starts only what is not running.`,
      );
    }
    await sleep(options.everyMs);
  }
}

/** The message of a failure, with the code of what caused it; by shape, as errors may come from another realm. */
export function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return 'unknown failure';
  const cause = 'cause' in error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? ` (${String(cause.code)})` : '';
  // What `AbortSignal.timeout` says is true of any request; a person waits for a server.
  if ('name' in error && error.name === 'TimeoutError') return 'does not answer yet';
  return `${String(error.message)}${code}`;
}
