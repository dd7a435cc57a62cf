/** Lists as text: runs, the lease, and who may decide. */
import type { RunSummary } from '../../client/api.ts';
import type { Standing } from '../../client/standing.ts';
import type { LeaseView } from '../../kernel/messages.ts';
import type { PlanCore } from '../../kernel/plan.ts';
import type { RunView } from '../../kernel/run-state.ts';
import { tierText } from './plan.ts';
import { STATUS_WORDS } from './state.ts';
import { agoText, listText, pairs, type Sheet, table } from './text.ts';

export function renderList(runs: readonly RunSummary[], sheet: Sheet): string {
  if (runs.length === 0)
    return 'There are no runs. Start one: `lifeboat plan failover from=REGION` shows what it would do.';
  const rows = runs.map(({ run, mode, status, phase, requester, startedAt, closed }) => [
    run,
    mode === 'live' ? 'LIVE' : 'dry run',
    status === 'unknown' ? 'not known' : STATUS_WORDS[status],
    closed || phase === status ? '' : phase,
    sheet.nameOf(requester),
    agoText(startedAt, sheet.now),
  ]);
  return table([['RUN', 'MODE', 'STATUS', 'PHASE', 'BY', 'STARTED'], ...rows], sheet).join('\n');
}

export function renderLease({ holders, freezes }: LeaseView, sheet: Sheet): string {
  const frozen = freezes.map(
    ({ what, by, at, reason }) =>
      `FROZEN: ${what === 'runs' ? 'no new run may begin' : 'nothing may expire'}, by ${sheet.nameOf(by)} ${agoText(at, sheet.now)}: ${reason}`,
  );
  const rows = Object.entries(holders).map(([scope, { run, requester, at }]) => [
    scope,
    run,
    sheet.nameOf(requester),
    agoText(at, sheet.now),
  ]);
  const held =
    rows.length === 0 ? ['No scope is held.'] : table([['SCOPE', 'HELD BY', 'FOR', 'SINCE'], ...rows], sheet);
  return [...frozen.map(sheet.paint.warn), ...held].join('\n');
}

/** Who may decide about a run, who has, and who is missing. */
export function renderWho(
  view: RunView,
  core: PlanCore | undefined,
  standing: Standing | undefined,
  sheet: Sheet,
): string {
  const names = (people: readonly string[]): string => listText(people.map(sheet.nameOf), 'or');
  const rows: (readonly [string, string])[] = [
    ['Requester', `${sheet.nameOf(view.request.requester)}, who cannot approve`],
  ];
  if (standing) {
    rows.push(
      ['Gate', standing.gate.title],
      ['Tier', tierText(standing.gate)],
      [
        'Approved by',
        standing.approvedBy.length === 0 ? 'nobody yet' : listText(standing.approvedBy.map(sheet.nameOf), 'and'),
      ],
      ['Missing', standing.missing.join('; ') || 'nothing'],
      ['May approve', names(standing.mayApprove)],
    );
  } else rows.push(['Gate', 'none is ahead of this run']);
  if (core) {
    rows.push(
      ['May steer', `${names(core.operators.map(({ person }) => person))} (pause, resume, resolve, abort)`],
      [
        'Break-glass',
        core.breakGlass.people.length === 0
          ? 'nobody'
          : `${names(core.breakGlass.people)}${core.breakGlass.personalKey ? ', with a personal key' : ''}`,
      ],
    );
  }
  return pairs(rows, sheet, 0).join('\n');
}
