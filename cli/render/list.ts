/** Lists as text: runs, the lease, and who may decide. */

import type { RunSummary } from '../../client/api.ts';
import { listed } from '../../client/listed.ts';
import { answerTo, OVERVIEW_HELP, type Overview } from '../../client/overview.ts';
import type { LeaseView, TakenOver } from '../../kernel/authority/lease.ts';
import { asideTexts } from '../../kernel/authority/ruling.ts';
import { isPolicyRequester } from '../../kernel/decision/policy.ts';
import type { PlanCore } from '../../kernel/plan/plan.ts';
import type { StandingGate } from '../../kernel/run/gates.ts';
import { endText } from '../../kernel/run/left.ts';
import { healthText, repairText, trafficText, unwithheldText } from '../../kernel/run/regions.ts';
import type { RunView } from '../../kernel/run/state.ts';
import { STATUS_WORDS } from '../../kernel/run/words.ts';
import { tierText } from './plan.ts';
import { agoText, bullet, pairs, type Sheet, table, wrap } from './text.ts';

export function renderList(runs: readonly RunSummary[], sheet: Sheet): string {
  if (runs.length === 0)
    return 'There are no runs. Start one: `lifeboat plan failover from=REGION` shows what it would do.';
  const rows = runs.map(({ run, mode, status, phase, requester, startedAt, closed, left }) => [
    run,
    mode === 'live' ? 'LIVE' : 'dry run',
    endText({ status, left }),
    closed || phase === status ? '' : phase,
    sheet.nameOf(requester),
    agoText(startedAt, sheet.now),
  ]);
  return table([['RUN', 'MODE', 'STATUS', 'PHASE', 'BY', 'STARTED'], ...rows], sheet).join('\n');
}

/** Regions first, then what waits for people, then what else is open; where more is said comes last. */
export function renderOverview({ aside, regions, waiting, open }: Overview, sheet: Sheet): string {
  const title = (text: string): string => sheet.paint.strong(text);
  const rows = 'unread' in regions ? [] : regions.regions.map((one) => [one.region, trafficText(one), healthText(one)]);
  return [
    ...(aside.length === 0 ? [] : [sheet.paint.warn(aside.join('\n')), '']),
    title('Regions'),
    ...('unread' in regions
      ? bullet(`not known: ${regions.unread}`, sheet)
      : table([['REGION', 'SHARE', 'HEALTH'], ...rows], sheet)),
    ...unwithheldLines(regions, sheet),
    ...repairLines(regions, sheet),
    '',
    title('Waits for people'),
    ...(waiting.length === 0
      ? bullet('nothing', sheet)
      : waiting.flatMap((one) => [...bullet(runText(one, sheet), sheet), `    lifeboat ${answerTo(one)}`])),
    '',
    title('Other open runs'),
    ...(open.length === 0 ? bullet('none', sheet) : [renderList(open, sheet)]),
    '',
    ...wrap(OVERVIEW_HELP, sheet.width),
  ].join('\n');
}

function unwithheldLines(regions: Overview['regions'], sheet: Sheet): string[] {
  const told = 'unread' in regions ? [] : regions.regions.flatMap((one) => unwithheldText(one, 'lifeboat ') ?? []);
  if (told.length === 0) return [];
  return ['', sheet.paint.strong('Not withheld'), ...told.flatMap((one) => bullet(sheet.paint.warn(one), sheet))];
}

/** Shown until the cluster's own record says that it is done. */
function repairLines(regions: Overview['regions'], sheet: Sheet): string[] {
  const repairs = 'unread' in regions ? [] : (regions.repairs ?? []);
  if (repairs.length === 0) return [];
  const lines = repairs.flatMap((one) => bullet(sheet.paint.warn(repairText(one, 'lifeboat ')), sheet));
  return ['', sheet.paint.strong('Repairs'), ...lines];
}

function runText({ run, mode, status, phase, startedAt }: RunSummary, sheet: Sheet): string {
  const where = phase === '' || phase === status ? '' : `, ${phase}`;
  return `${mode === 'live' ? 'LIVE' : 'dry run'} ${run}, ${agoText(startedAt, sheet.now)}: ${STATUS_WORDS[status]}${where}`;
}

export function renderLease(lease: LeaseView, sheet: Sheet): string {
  const { holders, freezes, taken } = lease;
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
  const lately = taken.slice(-TAKEN_SHOWN).map((one) => `${one.run} was ${takenText(one, sheet)}`);
  const aside = asideTexts(lease, sheet.now);
  return [
    ...frozen.map(sheet.paint.warn),
    ...aside.map(sheet.paint.warn),
    ...held,
    ...lately.map(sheet.paint.warn),
  ].join('\n');
}

/** The newest; older ones are of runs that nobody asks about any more. */
const TAKEN_SHOWN = 5;

function takenText({ by, at, reason, scopes }: TakenOver, sheet: Sheet): string {
  return `taken over by ${sheet.nameOf(by)} ${agoText(at, sheet.now)}: ${reason} (${scopes.join(', ')})`;
}

export interface Who {
  readonly view: RunView;
  readonly core?: PlanCore | undefined;
  readonly standing?: StandingGate | undefined;
  /** That its scopes were taken from it. */
  readonly taken?: TakenOver | undefined;
  /** Control workers that answer nothing, a sentence each. */
  readonly aside?: readonly string[];
}

/** Who may decide about a run, who has, and who is missing. */
export function renderWho({ view, core, standing, taken, aside = [] }: Who, sheet: Sheet): string {
  const { requester } = view.request;
  const role = isPolicyRequester(requester) ? 'which stands in for people who approve' : 'who cannot approve';
  const names = (people: readonly string[]): string => listed(people.map(sheet.nameOf), 'or');
  const rows: (readonly [string, string])[] = [
    ['Requester', `${sheet.nameOf(requester)}, ${role}`],
    ...(taken ? [['Lost', takenText(taken, sheet)] as const] : []),
  ];
  if (standing) {
    rows.push(
      ['Gate', standing.gate.title],
      ['Tier', tierText(standing.gate)],
      [
        'Approved by',
        standing.approvedBy.length === 0 ? 'nobody yet' : listed(standing.approvedBy.map(sheet.nameOf), 'and'),
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
  return [...pairs(rows, sheet, 0), ...aside.map(sheet.paint.warn)].join('\n');
}
