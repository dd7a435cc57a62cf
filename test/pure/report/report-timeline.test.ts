/** Pins: the picture of a run is to scale, no label hides another, and nothing that happened is missing from it. */
import { describe, expect, it } from '@jest/globals';
import { pack, scaleOf, textWidth, ticksOf } from '../../../report/timeline/layout.ts';
import { timelineSvg } from '../../../report/timeline-svg.ts';
import { failoverRecord } from './report-fixture.ts';
import { refusedRecord } from './report-refused.ts';
import { textOf } from './report-text.ts';

describe('the picture', () => {
  const svg = timelineSvg(failoverRecord({ dead: false }));

  it('shows each thing that happened', () => {
    const text = textOf(svg);
    const parts = ['started', 'gate open', 'approved', 'recovered', 'point of no return', 'end', 'approval'];
    for (const part of [...parts, 'Watch europe-west1 at 10 %', 'Commit window']) expect(text).toContain(part);
    expect(textOf(timelineSvg(failoverRecord()))).toContain('fault');
  });

  it('draws durations to scale', () => {
    const { plan, state } = failoverRecord({ dead: false });
    const { timeline, startedAt, endedAt } = state;
    const hold = timeline.findLast(({ kind }) => kind === 'hold');
    const say = plan?.view.says[hold?.id ?? ''];
    const rect = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"[^>]*><title>([^<]*)/g)].find(
      ([, , title]) => say && title?.startsWith(say),
    );
    const share = (hold?.ms ?? 0) / ((endedAt ?? 0) - startedAt);
    expect(Number(rect?.[1])).toBeCloseTo(share * (1024 - 150), 0);
  });

  it('lets no two labels of a lane touch, however short and many the bars are', () => {
    const extents = Array.from({ length: 60 }, (_, index) => ({
      item: index,
      from: 150 + ((index * 37) % 800),
      to: 150 + ((index * 37) % 800) + (index % 9),
      labelWidth: textWidth('x'.repeat(5 + ((index * 7) % 40)), 12),
    }));
    const { placed } = pack(extents, 150, 1040);
    const boxes = placed.map(({ item, row, labelX, anchor }) => {
      const extent = extents[item] ?? { from: 0, to: 0, labelWidth: 0 };
      const label = anchor === 'start' ? [labelX, labelX + extent.labelWidth] : [labelX - extent.labelWidth, labelX];
      return { row, from: Math.min(extent.from, label[0] ?? 0), to: Math.max(extent.to, label[1] ?? 0) };
    });
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        if (a.row === b.row) expect(a.to <= b.from || b.to <= a.from).toBe(true);
      }
    }
  });

  it('keeps every label within the picture, also of a bar that leaves no room beside it', () => {
    const { state, ...record } = failoverRecord();
    const at = state.endedAt ?? 0;
    const from = state.startedAt - 31_000;
    const long = ['room/items', 'prove/x'].map((id, index) => {
      const ms = (at - from) * (0.5 + index / 2);
      return { at, kind: 'step' as const, id, say: 'x', ms, outcome: 'ok' as const };
    });
    const svgLong = timelineSvg({ ...record, state: { ...state, timeline: [...state.timeline, ...long] } });
    const labels = [...svgLong.matchAll(/class="tl-label[^"]*" x="([\d.]+)"[^>]*text-anchor="(\w+)">([^<]*)</g)];
    expect(labels.length).toBeGreaterThan(10);
    for (const [, x, anchor, label] of labels) {
      const width = textWidth(label ?? '', 12);
      const start = anchor === 'end' ? Number(x) - width : Number(x);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + width).toBeLessThanOrEqual(1040);
    }
  });

  it('has few, round ticks for a run of seconds and for one of days', () => {
    for (const span of [900, 45_000, 3_600_000, 9 * 86_400_000]) {
      const ticks = ticksOf(scaleOf(1_000_000, 1_000_000 + span, 0, 100), 1_000_000, 8);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(9);
    }
  });

  it('stands for a run that took no time at all', () => {
    const record = refusedRecord();
    const at = record.state.startedAt;
    const svgNow = timelineSvg({ ...record, state: { ...record.state, endedAt: at, timeline: [] } });
    expect(svgNow).not.toMatch(/NaN|Infinity|undefined/);
  });
});
