/** The proofs at the end: what was read back from the estate. A proof that did not run proves nothing (I11). */
import type { RunRecord } from '../../kernel/run/record.ts';
import type { Inline, Section } from '../document.ts';
import { proofsOf, stepTold, type Told } from '../story.ts';
import { spanText, timeText } from '../text.ts';

export function proofsSection(record: RunRecord): Section {
  const proofs = proofsOf(record);
  if (proofs.length === 0) {
    return { title: 'Proofs', blocks: [{ kind: 'paragraph', text: 'The plan held no proof.' }] };
  }
  return {
    title: 'Proofs',
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'Proof' },
          { title: 'Outcome' },
          { title: 'When (UTC)', short: true },
          { title: 'Took', short: true },
        ],
        rows: proofs.map(({ id, say }) => {
          const told = stepTold(record, id);
          const ran = told.fate === 'done' || told.fate === 'failed';
          return {
            cells: [
              say,
              outcome(told),
              ran && told.at !== null ? timeText(told.at) : '—',
              ran ? spanText(told.ms) : '—',
            ],
          };
        }),
      },
    ],
  };
}

function outcome({ fate, failures }: Told): readonly Inline[] {
  const before = failures > 0 && fate === 'done' ? `, at try ${failures + 1}` : '';
  if (fate === 'done') return [{ mark: 'held', tone: 'good' }, before];
  if (fate === 'failed') return [{ mark: 'did not hold', tone: 'bad' }];
  if (fate === 'skipped') return [{ mark: 'skipped: not proven', tone: 'warn' }];
  return [{ mark: 'did not run: not proven', tone: 'quiet' }];
}
