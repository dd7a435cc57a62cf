/**
 * Where things stand in the picture: time to x, to scale; labels beside their bars, in as many rows as it takes for
 * none to touch another.
 */

export interface Scale {
  readonly from: number;
  readonly to: number;
  x(at: number): number;
}

/** @param left, right where the first and the last instant are drawn */
export function scaleOf(from: number, to: number, left: number, right: number): Scale {
  const span = Math.max(1, to - from);
  return {
    from,
    to: from + span,
    x: (at) => left + ((Math.min(Math.max(at, from), from + span) - from) / span) * (right - left),
  };
}

/** A label's width is guessed; wide enough for capitals in every system font, so that guesses never overlap. */
const CHARACTER_WIDTH = 0.62;

export function textWidth(text: string, size: number): number {
  return [...text].length * size * CHARACTER_WIDTH;
}

/** How many characters are sure to fit. */
export function charactersIn(width: number, size: number): number {
  return Math.floor(width / (size * CHARACTER_WIDTH));
}

/** Cut to `max` characters with an ellipsis. */
export function shorten(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}

export interface Placed<T> {
  readonly item: T;
  readonly row: number;
  readonly labelX: number;
  readonly anchor: 'start' | 'end';
}

export interface Extent<T> {
  readonly item: T;
  readonly from: number;
  readonly to: number;
  readonly labelWidth: number;
}

const GAP = 6;
const BETWEEN = 10;

/** The widest label that a bar may have beside it; less than this, and it stands within the bar, which is then wide. */
const LEAST_BESIDE = 160;

export function labelRoom({ from, to }: { from: number; to: number }, left: number, right: number): number {
  const beside = Math.max(right - to, from - left) - GAP;
  return beside < LEAST_BESIDE ? to - from - 2 * GAP : beside;
}

/**
 * Puts each in the first row where its bar and its label are free. A label goes to the right of its bar, else to the
 * left, else into it; it is no wider than `labelRoom`.
 */
export function pack<T>(
  extents: readonly Extent<T>[],
  left: number,
  right: number,
): { placed: Placed<T>[]; rows: number } {
  const rows: { from: number; to: number }[][] = [];
  const placed = extents.map(({ item, from, to, labelWidth }): Placed<T> => {
    if (to + GAP + labelWidth <= right) {
      const row = rowFor(rows, { from, to: to + GAP + labelWidth + BETWEEN });
      return { item, row, labelX: to + GAP, anchor: 'start' };
    }
    if (from - GAP - labelWidth >= left) {
      const row = rowFor(rows, { from: from - GAP - labelWidth - BETWEEN, to });
      return { item, row, labelX: from - GAP, anchor: 'end' };
    }
    return { item, row: rowFor(rows, { from, to: to + BETWEEN }), labelX: from + GAP, anchor: 'start' };
  });
  return { placed, rows: rows.length };
}

/** The first row where the span is free, which it then takes. */
export function rowFor(rows: { from: number; to: number }[][], span: { from: number; to: number }): number {
  const free = rows.findIndex((row) => row.every(({ from, to }) => span.to <= from || span.from >= to));
  const row = free === -1 ? rows.length : free;
  rows[row] = [...(rows[row] ?? []), span];
  return row;
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000,
];

/** Round instants relative to `zero`, at most about `most` of them. */
export function ticksOf({ from, to }: Scale, zero: number, most: number): number[] {
  const step =
    STEPS_MS.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most / 86_400_000) * 86_400_000;
  const ticks: number[] = [];
  for (let at = zero + Math.ceil((from - zero) / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}
