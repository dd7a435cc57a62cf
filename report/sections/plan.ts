/** The plan that was approved, entry by entry, with what became of each. */
import { type Entry, stepsOf, type Undo } from '../../kernel/plan/plan.ts';
import type { RunRecord } from '../../kernel/run/record.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import { boundText, factText } from '../../kernel/run/words.ts';
import type { Inline, Row, Section } from '../document.ts';
import { entryTold, stepTold, type Told, wasApproved } from '../story.ts';
import { clockText, spanText } from '../text.ts';
import { FATE } from '../words.ts';

export function planSection(record: RunRecord): Section {
  const { plan, state } = record;
  const approved = wasApproved(record);
  const title = approved ? 'The plan as approved' : 'The plan (not approved)';
  if (!plan) {
    return {
      title: 'The plan',
      blocks: [{ kind: 'paragraph', text: 'There was never a plan: it was refused before.' }],
    };
  }
  const { core, view } = plan;
  const rows = core.phases.flatMap((phase, index): Row[] => [
    {
      group: true,
      cells: [phase.scopes.length === 0 ? phase.title : [phase.title, ' ', { code: phase.scopes.join(', ') }]],
    },
    ...core.entries.filter((one) => one.phase === index).flatMap((entry) => rowsOf(record, entry)),
  ]);
  return {
    title,
    blocks: [
      {
        kind: 'pairs',
        pairs: [
          ...view.facts.map(
            (fact) => [fact.label, factText(fact, (at) => `${clockText(at, state.startedAt)} UTC`)] as const,
          ),
          ...core.blockers.map(({ rule, say }) => [`Stood in the way (${rule})`, say] as const),
        ],
      },
      ...(state.difference.length > 0
        ? [
            {
              kind: 'paragraph' as const,
              text: [{ strong: `Attempt ${state.attempt}, planned again. ` }, state.difference.join(' ')],
            },
          ]
        : []),
      {
        kind: 'table',
        columns: [
          { title: 'Id', short: true },
          { title: 'What' },
          { title: 'Outcome' },
          { title: 'Took', short: true },
          { title: 'Ended (UTC)', short: true },
          { title: 'Undo' },
        ],
        rows,
      },
    ],
  };
}

function rowsOf(record: RunRecord, entry: Entry): Row[] {
  const say = (id: string): string => record.plan?.view.says[id] ?? id;
  const steps = stepsOf(entry);
  if (steps.length > 0)
    return steps.map(({ id, undo }) => row(record, id, [say(id)], stepTold(record, id), undoText(undo)));
  return [row(record, entry.id, entryText(entry, say(entry.id)), entryTold(record, entry), '')];
}

function row(record: RunRecord, id: string, what: readonly Inline[], told: Told, undo: string): Row {
  const { word, tone } = FATE[told.fate];
  const outcome: Inline[] = [{ mark: told.fate === 'open' && hasEnded(record.state) ? 'never decided' : word, tone }];
  if (told.failures > 0) outcome.push(` ${told.failures} failed ${told.failures === 1 ? 'try' : 'tries'}`);
  const happened = told.at !== null && told.fate !== 'open';
  return {
    cells: [
      [{ code: id }],
      what,
      outcome,
      told.ms === null ? '—' : spanText(told.ms),
      happened && told.at !== null ? clockText(told.at, record.state.startedAt) : '—',
      undo,
    ],
  };
}

function entryText(entry: Entry, say: string): readonly Inline[] {
  if (entry.kind === 'gate') {
    const bounds = entry.bounds.map((bound) => `${bound.measure} at most ${boundText(bound.atMost, bound)}`);
    return [{ strong: 'Gate: ' }, say, bounds.length === 0 ? '' : `; ${bounds.join(', ')}`];
  }
  if (entry.kind === 'hold') return [{ strong: 'Hold: ' }, `${say}, for ${spanText(entry.for)}`];
  return [{ strong: 'Pivot: ' }, say];
}

function undoText(undo: Undo): string {
  if (undo.kind === 'none') return '';
  return undo.kind === 'call' ? `can be taken back (${undo.call.step})` : `cannot: ${undo.because}`;
}
