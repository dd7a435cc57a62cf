/** Where a run stands, as text: how far it is, what it waits for, and who could end the waiting. */

import { listed } from '../../client/listed.ts';
import { inPlanOrder, PART_TITLES } from '../../client/plan-order.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { asClause } from '../../kernel/errors.ts';
import type { Plan } from '../../kernel/plan/plan.ts';
import { type StandingGate, standingAhead } from '../../kernel/run/gates.ts';
import { endText, isWhollyDone, leftText } from '../../kernel/run/left.ts';
import { countsText, type PhaseProgress, type Progress, progressOf } from '../../kernel/run/progress.ts';
import { hasEnded, type PlanAnswer, type RunView, type TimelineItem } from '../../kernel/run/state.ts';
import { farText, type PendingCall, type StepUnderWay, underWayIn } from '../../kernel/run/under-way.ts';
import { nextAfter, OUTCOME_WORDS, pauseText } from '../../kernel/run/words.ts';
import { factLines } from './plan.ts';
import { agoText, bullet, clockText, countText, pairs, type Sheet, untilText, wrap } from './text.ts';

const BAR_COLUMNS = 24;
const TIMELINE_SHOWN = 12;
/** As wide as the usual words; `taken back` is rare, and then it sticks out. */
const PHASE_WORD_COLUMNS = 7;

/** Head, progress, what it waits for, and the last events. */
export function renderState(
  view: RunView,
  answer: PlanAnswer | undefined,
  sheet: Sheet,
  pending: readonly PendingCall[] = [],
): string {
  return [
    ...stateLines(view, answer, sheet, pending),
    '',
    sheet.paint.strong('Last events'),
    ...timelineLines(view, sheet),
  ].join('\n');
}

/** Without the events: what `watch` redraws in place. */
export function stateLines(
  view: RunView,
  answer: PlanAnswer | undefined,
  sheet: Sheet,
  pending: readonly PendingCall[] = [],
): string[] {
  const plan = answer?.plan ?? undefined;
  const standing = plan && standingAhead(plan.core, view);
  const { request, startedAt, endedAt } = view;
  const asked = `asked for by ${sheet.nameOf(request.requester)} ${agoText(startedAt, sheet.now)}`;
  const took = endedAt === null ? '' : `, took ${formatDuration(endedAt - startedAt)}`;
  return [
    `${sheet.paint.strong(request.run)}  ${request.mode === 'live' ? 'LIVE' : 'dry run'}, ${asked}${took}`,
    ...(plan ? wrap(plan.view.headline, sheet.width) : []),
    `Status: ${statusText(view, sheet)}`,
    ...(plan && request.mode === 'live' ? progressLines(progressOf(plan.core, view), sheet) : []),
    ...(plan ? underWayIn(plan, view, pending).flatMap((one) => underWayLines(one, sheet)) : []),
    ...(plan && request.mode === 'plan' ? briefLines(plan, sheet) : []),
    ...waitingLines(view, standing, sheet),
    ...endingLines(view, sheet),
    ...nextLines(view, plan, sheet),
  ];
}

function statusText(view: RunView, { paint }: Sheet): string {
  const { status, touched } = view;
  const color =
    isWhollyDone(view) || status === 'planned'
      ? paint.good
      : hasEnded({ status }) || status === 'question'
        ? paint.bad
        : paint.strong;
  const untouched = status === 'refused' && !touched ? '; nothing was changed' : '';
  return color(`${endText(view)}${untouched}`);
}

function progressLines(progress: Progress, sheet: Sheet): string[] {
  const { percent, phases } = progress;
  const filled = Math.round((percent / 100) * BAR_COLUMNS);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_COLUMNS - filled)}]`;
  return ['', ...phases.map((one) => phaseLine(one, sheet)), `${bar} ${percent} %, ${countsText(progress)}`];
}

/** `Now: Repair shop on us-1, for 12 min: 42 %, about 17 min left`. */
function underWayLines(one: StepUnderWay, { width, now }: Sheet): string[] {
  const far = farText(one, now);
  const time = one.since === null ? ', waits for a worker' : `, for ${formatDuration(Math.max(0, now - one.since))}`;
  return wrap(`Now: ${asClause(one.sentence)}${time}${far === '' ? '' : `: ${far}`}`, width, 5);
}

function phaseLine({ title, state, done, total }: PhaseProgress, { paint }: Sheet): string {
  const word = state.padEnd(PHASE_WORD_COLUMNS);
  const count = total === 0 ? '' : `  ${done} of ${countText(total, 'step')}`;
  if (state === 'now') return `  ${paint.strong(`${word}  ${title}`)}${count}`;
  const colored = state === 'done' ? paint.good(word) : state === 'taken back' ? paint.warn(word) : paint.quiet(word);
  return `  ${colored}  ${title}${count}`;
}

function waitingLines(view: RunView, standing: StandingGate | undefined, sheet: Sheet): string[] {
  return [
    ...(view.hold && view.status === 'holding' ? holdLines(view.hold, sheet) : []),
    ...(view.gate && standing ? gateLines(view, standing, sheet) : []),
    ...(view.trouble
      ? ['', ...bullet(`Cannot be approved now: ${view.trouble.message} ${view.trouble.mend}`, sheet, 0, '')]
      : []),
    ...(view.question ? questionLines(view.question, view.request.run, sheet) : []),
    ...pauseLines(view, sheet),
  ];
}

function pauseLines(view: RunView, sheet: Sheet): string[] {
  const text = pauseText(view, sheet.nameOf);
  if (text === undefined || view.paused === null) return [];
  const { run } = view.request;
  const next = view.status === 'paused' ? `lifeboat resume ${run}, or lifeboat abort ${run}` : undefined;
  return [
    '',
    ...wrap(`${text}, ${agoText(view.paused.at, sheet.now)}`, sheet.width),
    ...pairs(next === undefined ? [['Take it back', `lifeboat resume ${run}`]] : [['Next', next]], sheet, 0),
  ];
}

function holdLines(hold: NonNullable<RunView['hold']>, { now, width }: Sheet): string[] {
  const left =
    hold.until > now
      ? `${formatDuration(hold.until - now)} left`
      : 'its time is over, and it waits until health is measured';
  const length = formatDuration(Math.max(0, hold.until - hold.since));
  return [
    '',
    ...wrap(
      `Holding for ${length}: ${left}; ${countText(hold.samples, 'sample')}, the last: ${hold.last || 'none yet'}`,
      width,
    ),
  ];
}

function gateLines(view: RunView, standing: StandingGate, sheet: Sheet): string[] {
  const rows: (readonly [string, string])[] = [
    ['Approve', standing.gate.title],
    [
      'Has',
      standing.approvedBy.length > 0
        ? `approval of ${listed(standing.approvedBy.map(sheet.nameOf), 'and')}`
        : 'no approval yet',
    ],
    ['Missing', `${standing.missing.join('; ') || 'nothing: it is being confirmed'}`],
    [
      'Who may',
      standing.mayApprove.length > 0 ? listed(standing.mayApprove.map(sheet.nameOf), 'or') : 'approve: nobody more',
    ],
    ...(view.gate === null ? [] : [['Expires', untilText(view.gate.expiresAt, sheet.now)] as const]),
    ...(standing.mayApprove.length === 0 ? [] : [['How', `lifeboat approve ${view.request.run}`] as const]),
    ...standing.toOverride.map(
      (rule) => ['Break the glass', `lifeboat break-glass ${view.request.run} ${rule} REASON`] as const,
    ),
  ];
  return ['', ...pairs(rows, sheet, 0)];
}

function questionLines(question: NonNullable<RunView['question']>, run: string, sheet: Sheet): string[] {
  const { error, choices, wayBack, askedAt, say } = question;
  const rows: (readonly [string, string])[] = [
    ['Asks', `${say} (${agoText(askedAt, sheet.now)})`],
    ['Because', `${error.message} [${error.type}, ${error.where}]`],
    ['Mend', error.mend],
    ['Answer', `lifeboat resolve ${run} ${choices.join('|')}`],
    ...(wayBack === undefined ? [] : [['give-back', `${wayBack}: planned anew, and then approved`] as const]),
  ];
  return ['', ...pairs(rows, sheet, 0)];
}

function endingLines({ status, ending, report, left = [] }: RunView, sheet: Sheet): string[] {
  if (!hasEnded({ status })) return [];
  return [
    ...(ending
      ? [
          '',
          ...pairs(
            [
              ['Why', ending.message],
              ['Where', ending.where],
              ['Mend', ending.mend],
            ],
            sheet,
            0,
          ),
        ]
      : []),
    ...(left.length > 0
      ? ['', 'Left as it is, and what to do:', ...left.flatMap((one) => bullet(leftText(one), sheet))]
      : []),
    ...(report ? [`Report: ${report}`] : []),
  ];
}

/** What a dry run found: it is all that it was for. */
function briefLines(plan: Plan, sheet: Sheet): string[] {
  const section = (part: 'found' | 'warnings' | 'leftOut', lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', sheet.paint.strong(PART_TITLES[part]), ...lines];
  const { warnings, leftOut } = plan.view;
  return inPlanOrder({
    found: section('found', factLines(plan, sheet)),
    warnings: section(
      'warnings',
      warnings.flatMap((one) => bullet(sheet.paint.warn(one), sheet)),
    ),
    leftOut: section(
      'leftOut',
      leftOut.flatMap(({ what, because }) => bullet(`${what}: ${because}`, sheet)),
    ),
  });
}

function nextLines(view: RunView, plan: Plan | undefined, sheet: Sheet): string[] {
  const next = plan && nextAfter(plan, view);
  return next ? ['', ...wrap(`Next: ${next.say}: lifeboat ${next.command}`, sheet.width)] : [];
}

/** The newest last, as a log reads. */
function timelineLines({ timeline }: Pick<RunView, 'timeline'>, sheet: Sheet): string[] {
  return timeline.slice(-TIMELINE_SHOWN).flatMap((item) => timelineLine(item, sheet));
}

/** One event, in one line where it fits. */
export function timelineLine({ at, say, ms, outcome }: TimelineItem, sheet: Sheet): string[] {
  const took = ms === undefined ? '' : ` (${formatDuration(ms)})`;
  const word = outcome === undefined || outcome === 'ok' ? '' : `${OUTCOME_WORDS[outcome].toUpperCase()}: `;
  return bullet(`${word}${say}${took}`, sheet, 0, `${clockText(at)}  `);
}
