/** Random numbers from a seed: the same seed gives the same run, on every machine. */

export interface Random {
  /** From 0 inclusive to 1 exclusive. */
  next(): number;
  /** From 0 to `below - 1`. */
  int(below: number): number;
  /** A new list in another order. */
  shuffled<T>(list: readonly T[]): T[];
}

/** mulberry32, by Tommy Ettinger (public domain): 32 bits of state, good enough to choose test cases. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    shuffled(list) {
      const copy = [...list];
      for (let last = copy.length - 1; last > 0; last -= 1) {
        const other = int(last + 1);
        const [a, b] = [copy[last], copy[other]];
        if (a === undefined || b === undefined) continue;
        copy[last] = b;
        copy[other] = a;
      }
      return copy;
    },
  };
}
