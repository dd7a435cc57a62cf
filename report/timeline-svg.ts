/** The run as a picture: what lasted as bars to scale in lanes, instants as lines across them. */

import { redact } from '../estate/file/secrets.ts';
import type { RunRecord } from '../kernel/run/record.ts';
import { escapeHtml } from './html.ts';
import { offsetText, spanText, timeText } from './text.ts';
import { type Bar, barsOf, LANES } from './timeline/bars.ts';
import {
  charactersIn,
  type Extent,
  labelRoom,
  type Placed,
  pack,
  rowFor,
  type Scale,
  scaleOf,
  shorten,
  textWidth,
  ticksOf,
} from './timeline/layout.ts';
import { type Moment, momentsOf, zeroOf } from './timeline/moments.ts';

const WIDTH = 1040;
const LEFT = 150;
const RIGHT = 1024;
const SIZE = 12;
const ROW = 20;
const BAR = 12;
const LANE_GAP = 10;
const MAX_LABEL = 60;
/** With more bars than this in a lane labels would hide what they name: the table below the picture has them. */
const MAX_LABELLED = 24;
/** Anything that happened is seen, however short it was. */
const MIN_BAR_WIDTH = 2.5;

/** Self-contained, for the page and for a file of its own; light and dark by the reader's setting. */
export function timelineSvg(record: RunRecord): string {
  const moments = momentsOf(record);
  const { timeline } = record.state;
  const last = Math.max(...moments.map(({ at }) => at), ...timeline.slice(-1).map(({ at }) => at));
  const bars = barsOf(record, last);
  const first = Math.min(...moments.map(({ at }) => at), ...bars.map(({ from }) => from));
  const scale = scaleOf(first, last, LEFT, RIGHT);
  const zero = zeroOf(record);

  const flags = flagsOf(moments, scale);
  const top = flags.height + 8;
  const lanes = lanesOf(bars, scale, top);
  const bottom = lanes.bottom;
  const height = bottom + 34;
  const title = `${record.runbook} in ${record.estate}: timeline`;
  const span = `${spanText(last - first)} from ${timeText(first)} to ${timeText(last)} UTC`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" class="tl" font-size="${SIZE}">`,
    `<title>${safe(title)}</title><desc>${safe(`${span}. The same is told line by line in the table of everything that happened.`)}</desc>`,
    `<style>${STYLE}</style>`,
    axisOf(scale, zero.at, top, bottom),
    ...moments.map(
      ({ at, tone }) =>
        `<line class="tl-line tl-${tone}" x1="${n(scale.x(at))}" x2="${n(scale.x(at))}" y1="${top - 4}" y2="${bottom}"/>`,
    ),
    ...lanes.parts,
    ...flags.parts(top),
    `<text class="tl-soft" x="0" y="${bottom + 18}">from ${safe(zero.say)}</text>`,
    '</svg>',
  ].join('\n');
}

const STYLE = [
  ".tl{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',sans-serif;--tl-ink:#1b1f24;--tl-soft:#59636e;--tl-grid:#e3e7eb;--tl-halo:#fbfbfa;--tl-good:#14703a;--tl-bad:#b3261e;--tl-wait:#b98a2e;--tl-recovery:#2563a8;--tl-change:#6b5ca5;--tl-hold:#8795a3;--tl-proof:#2c8a55;--tl-undo:#b3261e}",
  '@media (prefers-color-scheme:dark){.tl{--tl-ink:#e7eaed;--tl-soft:#9aa5b1;--tl-grid:#2c3238;--tl-halo:#14171a;--tl-good:#6fd08c;--tl-bad:#ff9a8f;--tl-wait:#d9ac55;--tl-recovery:#6ea8e8;--tl-change:#a99be0;--tl-hold:#73808d;--tl-proof:#5fbf86;--tl-undo:#ff9a8f}}',
  '@media print{.tl{--tl-ink:#1b1f24;--tl-soft:#59636e;--tl-grid:#e3e7eb;--tl-halo:#fff;--tl-good:#14703a;--tl-bad:#b3261e;--tl-wait:#b98a2e;--tl-recovery:#2563a8;--tl-change:#6b5ca5;--tl-hold:#8795a3;--tl-proof:#2c8a55;--tl-undo:#b3261e}}',
  '.tl text{fill:var(--tl-ink)}.tl .tl-soft{fill:var(--tl-soft)}.tl .tl-grid{stroke:var(--tl-grid)}',
  '.tl .tl-label{stroke:var(--tl-halo);stroke-width:4px;stroke-linejoin:round;paint-order:stroke}',
  '.tl .tl-line{stroke-dasharray:3 3;stroke-opacity:.6}.tl .tl-plain{stroke:var(--tl-soft)}.tl .tl-good{stroke:var(--tl-good)}.tl .tl-bad{stroke:var(--tl-bad)}',
  '.tl .tl-flag-good{fill:var(--tl-good);font-weight:600}.tl .tl-flag-bad{fill:var(--tl-bad);font-weight:600}',
  ...['wait', 'recovery', 'change', 'hold', 'proof', 'undo'].map(
    (lane) => `.tl .tl-bar-${lane}{fill:var(--tl-${lane})}`,
  ),
  '.tl .tl-failed{stroke:var(--tl-bad);stroke-width:2;fill-opacity:.35}',
].join('');

const LANE_CLASSES = ['wait', 'recovery', 'change', 'hold', 'proof', 'undo'] as const;

function safe(text: string): string {
  return escapeHtml(redact(text));
}

const n = (value: number): string => String(Number(value.toFixed(1)));

/** Names of instants above the lanes, in rows; each row's line is drawn down to the lanes. */
function flagsOf(moments: readonly Moment[], scale: Scale): { height: number; parts: (top: number) => string[] } {
  const rows: { from: number; to: number }[][] = [];
  const flags = moments.map(({ at, say, tone }) => {
    const x = scale.x(at);
    const width = textWidth(say, SIZE) + 10;
    const start = x + width > WIDTH ? x - width : x;
    return { x, say, tone, row: rowFor(rows, { from: start, to: start + width }), end: start !== x };
  });
  const height = rows.length * (SIZE + 5) + 6;
  return {
    height,
    parts: (top) =>
      flags.flatMap(({ x, say, tone, row, end }) => {
        const y = 12 + row * (SIZE + 5);
        return [
          `<line class="tl-line tl-${tone}" x1="${n(x)}" x2="${n(x)}" y1="${y - 9}" y2="${top - 4}"/>`,
          `<text class="tl-label tl-flag-${tone}" x="${n(end ? x - 5 : x + 5)}" y="${y}" text-anchor="${end ? 'end' : 'start'}">${safe(say)}</text>`,
        ];
      }),
  };
}

function lanesOf(bars: readonly Bar[], scale: Scale, top: number): { parts: string[]; bottom: number } {
  const parts: string[] = [];
  let y = top;
  for (const [index, lane] of LANES.entries()) {
    const mine = bars.filter((bar) => bar.lane === lane);
    if (mine.length === 0) continue;
    const labelled = mine.length <= MAX_LABELLED;
    const { placed, rows } = pack(
      mine.map((bar) => drawn(bar, scale, labelled)),
      LEFT,
      WIDTH,
    );
    const height = rows * ROW;
    parts.push(
      `<line class="tl-grid" x1="0" x2="${WIDTH}" y1="${y + height + LANE_GAP / 2}" y2="${y + height + LANE_GAP / 2}"/>`,
      `<text class="tl-soft" x="0" y="${y + 14}">${safe(lane)}${labelled ? '' : ` (${mine.length})`}</text>`,
      ...placed.flatMap((one) => barParts(one, y, LANE_CLASSES[index] ?? 'change')),
    );
    y += height + LANE_GAP;
  }
  return { parts, bottom: y };
}

function barParts(
  { item: { bar, label, from, to }, row, labelX, anchor }: Placed<Drawn>,
  top: number,
  lane: string,
): string[] {
  const y = top + row * ROW + 4;
  const failed = bar.note === '' ? '' : ' tl-failed';
  const title = `${bar.say}, ${spanText(bar.to - bar.from)}${bar.note === '' ? '' : `, ${bar.note}`}`;
  return [
    `<rect class="tl-bar-${lane}${failed}" x="${n(from)}" y="${y}" width="${n(to - from)}" height="${BAR}" rx="2"><title>${safe(title)}</title></rect>`,
    ...(label === ''
      ? []
      : [`<text class="tl-label" x="${n(labelX)}" y="${y + 10}" text-anchor="${anchor}">${safe(label)}</text>`]),
  ];
}

/** Cut so that it fits beside its bar, or within; how long it took is never cut. */
function labelOf({ say, from, to, note }: Bar, room: number): string {
  const end = ` · ${spanText(to - from)}${note === '' ? '' : ` · ${note}`}`;
  return shorten(say, Math.max(1, Math.min(MAX_LABEL, charactersIn(room, SIZE) - end.length))) + end;
}

interface Drawn {
  readonly bar: Bar;
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

function drawn(bar: Bar, scale: Scale, labelled: boolean): Extent<Drawn> {
  const from = scale.x(bar.from);
  const to = Math.max(scale.x(bar.to), from + MIN_BAR_WIDTH);
  const label = labelled ? labelOf(bar, labelRoom({ from, to }, LEFT, WIDTH)) : '';
  return { item: { bar, label, from, to }, from, to, labelWidth: textWidth(label, SIZE) };
}

function axisOf(scale: Scale, zero: number, top: number, bottom: number): string {
  return ticksOf(scale, zero, 8)
    .map((at) => {
      const x = n(scale.x(at));
      const text = at === zero ? '0' : offsetText(at, zero);
      return `<line class="tl-grid" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/><text class="tl-soft" x="${x}" y="${bottom + 18}" text-anchor="middle">${safe(text)}</text>`;
    })
    .join('\n');
}
