/** What this run did not do: what the plan left out from the start, what people stepped over, what is still owed. */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { Block, Section } from '../document.ts';
import { skipsOf } from '../story.ts';
import { timeText } from '../text.ts';

export function exceptionsSection(record: RunRecord): Section {
  const leftOut = record.plan?.view.leftOut ?? [];
  const skips = skipsOf(record);
  const blocks: Block[] = [];
  if (leftOut.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [{ title: 'Left out of the plan' }, { title: 'Because' }],
      rows: leftOut.map(({ what, because }) => ({ cells: [what, because] })),
    });
  }
  if (skips.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [
        { title: 'Skipped' },
        { title: 'By', short: true },
        { title: 'When (UTC)', short: true },
        { title: 'Reason' },
      ],
      rows: skips.map(({ what, by, at, reason }) => ({
        tone: 'warn' as const,
        cells: [what.join('; '), by, timeText(at), reason],
      })),
    });
  }
  const owed = record.state.timeline.filter(({ outcome }) => outcome === 'owed');
  if (owed.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [{ title: 'Still owed' }, { title: 'Tried at (UTC)', short: true }],
      rows: owed.map(({ say, at }) => ({ tone: 'warn' as const, cells: [say, timeText(at)] })),
    });
  }
  if (blocks.length === 0) {
    blocks.push({ kind: 'paragraph', text: 'Nothing was left out of the plan, and nothing was skipped.' });
  }
  return { title: 'Left out and skipped', blocks };
}
