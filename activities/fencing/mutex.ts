/**
 * One at a time per scope. The lock is kept until the guarded work has really settled, also when its caller has long
 * given up: an unknown outcome keeps the scope until it is known (I3, I9).
 */

export interface Mutex {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const mine = before.then(work, work);
      const tail = mine.catch(() => undefined);
      tails.set(key, tail);
      return mine;
    },
  };
}
