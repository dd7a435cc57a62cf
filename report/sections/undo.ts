/** What was taken back, what was not, and what must not be restored because it would do harm. */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { UndoItem } from '../../kernel/run/state.ts';
import type { Inline, Row, Section } from '../document.ts';

export function undoSection({ state }: RunRecord): Section {
  const title = 'Undo';
  if (state.undo.length === 0) {
    const text = state.pivoted
      ? 'The run passed its point of no return: from there it goes forward only, and nothing is kept to be taken back.'
      : 'There was nothing to take back.';
    return { title, blocks: [{ kind: 'paragraph', text }] };
  }
  return {
    title,
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'Step', short: true },
          { title: 'Attempt', short: true },
          { title: 'What' },
          { title: 'What became of it' },
        ],
        rows: state.undo.toReversed().map(rowOf),
      },
    ],
  };
}

function rowOf(item: UndoItem): Row {
  const cells = [[{ code: item.stepId }], String(item.attempt), item.say, outcomeOf(item)] as const;
  return item.state === 'must-not' || item.state === 'failed' ? { cells, tone: 'warn' } : { cells };
}

function outcomeOf({ state, because }: UndoItem): readonly Inline[] {
  switch (state) {
    case 'undone':
      return [{ mark: 'taken back', tone: 'good' }];
    case 'must-not':
      return [{ strong: 'must not be restored, because ' }, because ?? 'the reason was not recorded'];
    case 'failed':
      return [{ mark: 'left as it is', tone: 'bad' }, ` ${because ?? ''}`];
    case 'pending':
      return [{ mark: 'not taken back', tone: 'warn' }];
  }
}
