/**
 * A run's record as a report for people: HTML (one page, nothing to fetch, no scripts) or Markdown. Pure: the same
 * record gives the same text.
 *
 * Must never happen: a figure that was not measured looks like one that was (I11); a text of the record becomes markup;
 * a secret that someone wrote into a reason is repeated (I8).
 *
 *   document.ts      a report as blocks, without a format
 *   html.ts          blocks as HTML (style.ts: its look);  markdown.ts: blocks as Markdown
 *   sections/        one file per section: record → blocks
 *   story.ts         what became of each entry of the plan; where its gates stand says kernel/run/gates.ts
 *   timeline-svg.ts  the picture (timeline/: moments, bars, layout)
 *   words.ts         tones of states (their words: kernel/run/words.ts);  text.ts: times and spans
 */
import type { RunRecord } from '../kernel/run/record.ts';
import type { Document } from './document.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { endingSection, toneOf } from './sections/ending.ts';
import { evidenceSection } from './sections/evidence.ts';
import { exceptionsSection } from './sections/exceptions.ts';
import { identitySection } from './sections/identity.ts';
import { measuredSection } from './sections/measured.ts';
import { peopleSection } from './sections/people.ts';
import { planSection } from './sections/plan.ts';
import { proofsSection } from './sections/proofs.ts';
import { pictureSection, timelineSection } from './sections/timeline.ts';
import { undoSection } from './sections/undo.ts';
import { timeText } from './text.ts';
import { statusWord } from './words.ts';

/** One self-contained page. */
export function renderHtml(record: RunRecord): string {
  return htmlOf(documentOf(record));
}

/** GitHub-flavoured Markdown; the picture becomes a list of its moments. */
export function renderMarkdown(record: RunRecord): string {
  return markdownOf(documentOf(record));
}

function documentOf(record: RunRecord): Document {
  const { state, plan } = record;
  return {
    title: plan?.view.headline ?? `${record.runbook} in ${record.estate}`,
    status: { word: statusWord(state), tone: toneOf(record) },
    subtitle: [
      `${record.runbook} in ${record.estate}${state.request.mode === 'plan' ? ', a dry run' : ''}`,
      [{ code: record.run }],
      `started ${timeText(state.startedAt)}`,
      state.endedAt === null ? 'not ended' : `ended ${timeText(state.endedAt)}`,
      'all times are UTC',
    ],
    sections: [
      endingSection(record),
      measuredSection(record),
      pictureSection(record),
      peopleSection(record),
      planSection(record),
      exceptionsSection(record),
      undoSection(record),
      proofsSection(record),
      evidenceSection(record),
      timelineSection(record),
      identitySection(record),
    ],
  };
}
