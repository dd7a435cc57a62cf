/** A run's status in words: always a sentence, never a symbol alone. */
import { formatDuration } from '../../kernel/duration.ts';
import { asClause } from '../../kernel/errors.ts';
import { endText } from '../../kernel/run/left.ts';
import { underWayIn } from '../../kernel/run/under-way.ts';
import { pauseText } from '../../kernel/run/words.ts';
import { missingText, openGateIn, type Scene } from './scene.ts';
import { safe, when } from './text.ts';

/** The status as one mrkdwn sentence with its why; beside it, a pause that is asked for and has not begun. */
export function statusSentence(scene: Scene): string {
  const pause = pauseSentence(scene);
  if (scene.run.status === 'paused') return pause || 'Paused.';
  return [sentenceOf(scene), ...(pause === '' ? [] : [pause])].join(' ');
}

function pauseSentence({ run, people }: Scene): string {
  // The reason is a person's text; our own words around it are no markup.
  const paused = run.paused && { ...run.paused, reason: safe(run.paused.reason, 300) };
  const text = pauseText({ ...run, paused }, (person) => people.name(person));
  return text === undefined ? '' : `${text}.`;
}

function sentenceOf(scene: Scene): string {
  const { run } = scene;
  switch (run.status) {
    case 'planning':
      return 'Planning: it reads the estate and has changed nothing.';
    case 'gate':
      return `Gate, waits for approval: ${waitsText(scene)}.${troubleText(scene)}`;
    case 'running':
      return `Running.${nowText(scene)}`;
    case 'holding':
      return run.hold === null
        ? 'Holding: it watches health before it goes on.'
        : `Holding for ${formatDuration(Math.max(0, run.hold.until - run.hold.since))}, until ${when(run.hold.until)}: it watches health before it goes on${run.hold.last ? ` (${safe(run.hold.last, 200)})` : ''}.`;
    case 'question':
      return `Question: it asks what to do${run.question === null ? '' : `: ${safe(asClause(run.question.say), 500)}`}.`;
    case 'undoing':
      return `Undoing: it takes back what it did.${nowText(scene)}`;
    default:
      return endSentence(scene);
  }
}

/** At most so many steps at a time are named. */
const NOW_SHOWN = 3;

/** Since when and not for how long: a card is edited when something is new, and not because time passes. */
function nowText({ run, plan, pending = [] }: Scene): string {
  const now = plan === null ? [] : underWayIn(plan, run, pending);
  const more = now.length > NOW_SHOWN ? ` And ${now.length - NOW_SHOWN} more.` : '';
  const each = now.slice(0, NOW_SHOWN).map((one) => {
    const since = one.since === null ? 'waits for a worker' : `since ${when(one.since)}`;
    const percent = one.percent === null ? '' : `, ${one.percent} %`;
    return ` Now: ${safe(asClause(one.sentence), 200)}, ${since}${percent}.`;
  });
  return `${each.join('')}${more}`;
}

/** While a gate is open the plan is made again and again; that it cannot be made now is worth knowing before approving. */
function troubleText({ run }: Scene): string {
  return run.trouble === null ? '' : ` At this moment the planner refuses: ${safe(run.trouble.message, 400)}`;
}

function waitsText(scene: Scene): string {
  const open = openGateIn(scene);
  if (open === undefined) return 'nobody has approved yet';
  return open.state === 'approved' ? 'approved, it checks once more before it goes on' : missingText(open);
}

/** How a run ended, and whether anything was touched. */
function endSentence({ run }: Scene): string {
  const why = run.ending === null ? '' : ` ${safe(run.ending.message, 600)} ${safe(run.ending.mend, 300)}`;
  const touched = run.touched ? '' : ' Nothing in the estate was changed.';
  switch (run.status) {
    case 'done':
      return `${safe(endText(run).replace(/^d/, 'D'), 600)}.${why}`;
    case 'planned':
      return `Planned: this was a dry run.${touched}`;
    case 'refused':
      return `Refused.${why}${touched}`;
    case 'rejected':
      return `Rejected.${why}${touched}`;
    case 'expired':
      return `Expired: not enough people approved in time, and silence never approves.${touched}`;
    case 'aborted':
      return `Aborted.${why}${touched}`;
    default:
      return `Stopped where it stands.${why}${touched}`;
  }
}

/** What was measured, as label and value; what was not is said to be not measured (I11). */
export function measured({ run, plan }: Scene): (readonly [string, string])[] {
  const time = (ms: number | null | undefined) =>
    ms === null || ms === undefined ? 'not measured' : formatDuration(ms);
  return [
    ['Recovery time, from the fault', time(run.measured?.rtoFromFaultMs)],
    ['Recovery time, from the approval', time(run.measured?.rtoFromApprovalMs)],
    ['Data loss', time(run.measured?.rpoMs)],
    ...(plan?.core.objectives
      ? [
          [
            'Objectives',
            `RTO ${formatDuration(plan.core.objectives.rto)}, RPO ${formatDuration(plan.core.objectives.rpo)}`,
          ] as const,
        ]
      : []),
  ];
}
