/** What a benchmark measured, against what peer and what goal. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Figure {
  readonly name: string;
  readonly ours: number;
  /** Measured in the same run; null where the issue names no peer. */
  readonly peer: number | null;
  readonly unit: string;
  readonly ratio: number | null;
  /** As the issue says it, such as `≤ 1.25 ×` ; null where it sets none. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

const OUT = join(dirname(fileURLToPath(import.meta.url)), 'out');

/** A figure whose goal is an upper limit on the value itself. */
export function atMost(name: string, ours: number, limit: number, unit: string): Figure {
  return { name, ours: round(ours), peer: null, unit, ratio: null, goal: `≤ ${limit} ${unit}`, met: ours <= limit };
}

/** A figure whose goal is an upper limit on the ratio to its peer. */
export function ratioAtMost(name: string, ours: number, peer: number, limit: number, unit: string): Figure {
  const ratio = ours / peer;
  return {
    name,
    ours: round(ours),
    peer: round(peer),
    unit,
    ratio: round(ratio),
    goal: `≤ ${limit} ×`,
    met: ratio <= limit,
  };
}

/** A figure without a goal. */
export function plain(name: string, ours: number, unit: string, peer: number | null = null): Figure {
  return {
    name,
    ours: round(ours),
    peer: peer === null ? null : round(peer),
    unit,
    ratio: peer === null ? null : round(ours / peer),
    goal: null,
    met: null,
  };
}

/** Writes the JSON file; answers the table. */
export async function publish(name: string, figures: readonly Figure[]): Promise<string> {
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, `${name}.json`), `${JSON.stringify({ figures }, null, 2)}\n`);
  const head = ['figure', 'ours', 'peer', 'unit', 'ratio', 'goal', 'met'];
  const rows = figures.map((one) => [
    one.name,
    String(one.ours),
    one.peer === null ? '' : String(one.peer),
    one.unit,
    one.ratio === null ? '' : String(one.ratio),
    one.goal ?? '',
    one.met === null ? '' : one.met ? 'yes' : 'NO',
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
