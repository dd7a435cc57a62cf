/** Durations as people write them: `250ms`, `30s`, `5m`, `1h`, `10d`; inside the program always milliseconds. */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a written duration, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** The shortest exact-enough text for people: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `11 d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < UNIT_MS.h) return `${Math.floor(ms / UNIT_MS.m)} min ${Math.round((ms % UNIT_MS.m) / 1_000)} s`;
  if (ms < UNIT_MS.d) return `${Math.floor(ms / UNIT_MS.h)} h ${Math.round((ms % UNIT_MS.h) / UNIT_MS.m)} min`;
  return `${Math.round(ms / UNIT_MS.d)} d`;
}
