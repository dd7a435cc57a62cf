/** Everything that happened, in order: first as a picture to scale, then line by line. */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { TimelineItem } from '../../kernel/run/state.ts';
import { OUTCOME_WORDS } from '../../kernel/run/words.ts';
import type { Row, Section, Tone } from '../document.ts';
import { clockText, offsetText, spanText } from '../text.ts';
import { momentsOf, zeroOf } from '../timeline/moments.ts';
import { timelineSvg } from '../timeline-svg.ts';

const TONES: Readonly<Record<NonNullable<TimelineItem['outcome']>, Tone>> = {
  ok: 'good',
  failed: 'bad',
  skipped: 'warn',
  owed: 'warn',
  'must-not': 'warn',
};

/** The picture stands near the top of a report. */
export function pictureSection(record: RunRecord): Section {
  const zero = zeroOf(record);
  const moments = momentsOf(record).map(({ at, say }) => `${offsetText(at, zero.at)}: ${say}`);
  return { title: 'The run to scale', blocks: [{ kind: 'picture', svg: timelineSvg(record), moments }] };
}

export function timelineSection(record: RunRecord): Section {
  const zero = zeroOf(record);
  return {
    title: 'Everything that happened',
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'Time (UTC)', short: true },
          { title: `From ${zero.say}`, short: true },
          { title: 'What' },
          { title: 'Outcome' },
          { title: 'Took', short: true },
        ],
        rows: record.state.timeline.map((item) => rowOf(item, zero.at, record.state.startedAt)),
      },
    ],
  };
}

function rowOf({ at, say, outcome, ms }: TimelineItem, zero: number, start: number): Row {
  return {
    cells: [
      clockText(at, start),
      offsetText(at, zero),
      say,
      outcome ? [{ mark: OUTCOME_WORDS[outcome], tone: TONES[outcome] }] : '',
      ms === undefined ? '' : spanText(ms),
    ],
  };
}
