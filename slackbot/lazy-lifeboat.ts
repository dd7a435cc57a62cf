/**
 * A Lifeboat that is opened when it is first asked, and again after that failed: the bot starts while Temporal is down.
 */
import type { Lifeboat } from '../client/api.ts';

/** @param open connects; what it throws is thrown to the caller of the method, and the next call opens anew */
export function lazyLifeboat(open: () => Promise<Lifeboat>): Lifeboat {
  let opened: Promise<Lifeboat> | undefined;

  function get(): Promise<Lifeboat> {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  return {
    start: async (request, timeoutMs) => (await get()).start(request, timeoutMs),
    startPolicy: async (request, timeoutMs) => (await get()).startPolicy(request, timeoutMs),
    list: async (options) => (await get()).list(options),
    find: async (nameOrPart) => (await get()).find(nameOrPart),
    state: async (run) => (await get()).state(run),
    plan: async (run) => (await get()).plan(run),
    approve: async (request) => (await get()).approve(request),
    reject: async (request) => (await get()).reject(request),
    resolve: async (request) => (await get()).resolve(request),
    pause: async (request) => (await get()).pause(request),
    resume: async (request) => (await get()).resume(request),
    abort: async (request) => (await get()).abort(request),
    freeze: async (request) => (await get()).freeze(request),
    takeOver: async (request) => (await get()).takeOver(request),
    lease: async () => (await get()).lease(),
    post: async (request) => (await get()).post(request),
    stopPosting: async (bot) => (await get()).stopPosting(bot),
    watch: (run, options) => watchOpened(get, run, options),
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

async function* watchOpened(get: () => Promise<Lifeboat>, ...[run, options]: Parameters<Lifeboat['watch']>) {
  yield* (await get()).watch(run, options);
}
