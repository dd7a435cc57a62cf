/** Answers to a slash command, which one person alone sees. Pure. */
import type { KnownBlock } from '@slack/types';
import type { RunSummary } from '../../client/api.ts';
import { listed } from '../../client/listed.ts';
import { answerTo, OVERVIEW_HELP, type Overview } from '../../client/overview.ts';
import { inPlanOrder } from '../../client/plan-order.ts';
import type { LeaseView, TakenOver } from '../../kernel/authority/lease.ts';
import { asideTexts } from '../../kernel/authority/ruling.ts';
import { asClause, type ErrorFacts } from '../../kernel/errors.ts';
import { endText } from '../../kernel/run/left.ts';
import { progressOf } from '../../kernel/run/progress.ts';
import { healthText, repairText, trafficText, unwithheldText } from '../../kernel/run/regions.ts';
import { briefParts, moreText } from './brief.ts';
import { bar, phaseText } from './card.ts';
import type { People } from './people.ts';
import { headlineOf, missingText, modeWord, openGateIn, type Scene } from './scene.ts';
import { statusSentence } from './status.ts';
import { bounded, clip, code, context, fallback, list, type Message, safe, section, when } from './text.ts';

export function tell(sentence: string): Message {
  return { text: fallback(sentence), blocks: [section(safe(sentence, 2900))] };
}

/** What happened and what to do about it; the type leads to its page in `docs/errors/`. */
export function errorAnswer(facts: Pick<ErrorFacts, 'type' | 'message' | 'mend' | 'where'>): Message {
  return {
    text: fallback(`${facts.message} ${facts.mend}`),
    blocks: [
      section(`*${safe(facts.message, 1500)}*\n${safe(facts.mend, 1000)}`),
      context(`${code(facts.type)} at ${safe(facts.where, 300)}`),
    ],
  };
}

/** Preformatted text such as the help. */
export function textAnswer(title: string, text: string): Message {
  const fenced = safe(text.replaceAll('```', "'''"), 2800);
  return { text: fallback(title), blocks: [section(`*${safe(title, 200)}*\n\`\`\`${fenced}\`\`\``)] };
}

export function listAnswer(runs: readonly RunSummary[], people: People): Message {
  if (runs.length === 0) return tell('There are no runs yet.');
  const lines = runs.map((one) => runLine(one, people));
  const open = runs.filter(({ closed }) => !closed).length;
  return {
    text: `${runs.length} runs, ${open} of them open.`,
    blocks: [list(`${runs.length} run(s), ${open} open`, lines, '`lifeboat list` in the terminal')],
  };
}

function runLine({ run, mode, requester, status, phase, startedAt, closed, left }: RunSummary, people: People): string {
  const where = closed || phase === '' || phase === status ? '' : `, ${safe(phase, 80)}`;
  return `${mode === 'live' ? 'LIVE' : 'PLAN'} ${code(run)}: ${safe(endText({ status, left }), 200)}${where}; by ${people.name(requester)}, ${when(startedAt)}`;
}

/** What a bare `/lifeboat` tells: regions first, then what waits for people, then what else is open; the help comes last. */
export function overviewAnswer({ aside, regions, waiting, open }: Overview, people: People): Message {
  const more = '`lifeboat status` in the terminal';
  const states =
    'unread' in regions
      ? [`not known: ${safe(regions.unread, 300)}`]
      : regions.regions.map(
          (one) => `${code(one.region)} ${safe(trafficText(one), 300)}; ${safe(healthText(one), 600)}`,
        );
  const known = 'unread' in regions ? [] : (regions.repairs ?? []);
  const repairs = known.map((one) => safe(repairText(one, '/lifeboat '), 900));
  const unwithheld =
    'unread' in regions ? [] : regions.regions.flatMap((one) => unwithheldText(one, '/lifeboat ') ?? []);
  const asks = waiting.map((one) => `${runLine(one, people)}: ${code(`/lifeboat ${answerTo(one)}`)}`);
  return {
    text: fallback(`${waiting.length} run(s) wait for people; ${open.length} other run(s) are open.`),
    blocks: [
      ...(aside.length === 0 ? [] : [section(aside.map((one) => safe(one, 500)).join('\n'))]),
      list('Regions', states, more),
      ...(unwithheld.length === 0
        ? []
        : [
            list(
              'Not withheld',
              unwithheld.map((one) => safe(one, 900)),
              more,
            ),
          ]),
      ...(repairs.length === 0 ? [] : [list('Repairs', repairs, more)]),
      list('Waits for people', asks.length > 0 ? asks : ['nothing'], more),
      ...(open.length === 0
        ? []
        : [
            list(
              'Other open runs',
              open.map((one) => runLine(one, people)),
              more,
            ),
          ]),
      context(safe(OVERVIEW_HELP, 600)),
    ],
  };
}

export function statusAnswer(scene: Scene): Message {
  const { run, plan, people } = scene;
  const progress = plan === null ? undefined : progressOf(plan.core, run);
  const blocks: KnownBlock[] = [
    section(`*${modeWord(run)} ${code(run.request.run)}*\n${safe(headlineOf(scene), 500)}`),
    section(statusSentence(scene)),
    ...(progress === undefined ? [] : [section(`${code(bar(progress.percent))} ${phaseText(progress)}`)]),
    ...(plan === null || run.request.mode === 'live' ? [] : planBlocks(scene)),
    context(
      `Requested by ${people.name(run.request.requester)}, started ${when(run.startedAt)}.${scene.cardLink === undefined ? '' : ` <${scene.cardLink}|Card>`}`,
    ),
  ];
  return {
    text: `${modeWord(run)} run ${safe(run.request.run)}: ${fallback(asClause(headlineOf(scene)))}.`,
    blocks: bounded(blocks),
  };
}

function planBlocks(scene: Scene): KnownBlock[] {
  const { plan } = scene;
  if (plan === null) return [];
  const more = moreText(scene);
  const sentences = plan.core.entries.map(({ id, phase }) => `${phase + 1}. ${safe(plan.view.says[id] ?? id, 300)}`);
  return inPlanOrder<KnownBlock>({
    ...briefParts(scene, more),
    steps: [list('It would do', sentences, more)],
  });
}

/** Who may decide about the run now, and who has. */
export function whoAnswer(scene: Scene, lease: LeaseView): Message {
  const { taken } = lease;
  const { run, plan, people } = scene;
  const open = openGateIn(scene);
  const names = (ids: readonly string[]) => listed(ids.map((one) => people.name(one)));
  const lost = taken.findLast((one) => one.run === run.request.run);
  const lines = [
    ...(lost ? [takenText(lost, people)] : []),
    `Requested by ${people.name(run.request.requester)}.`,
    `May pause, resume, answer and abort: ${names((plan?.core.operators ?? []).map(({ person }) => person))}.`,
    ...(open === undefined
      ? ['No gate is open.']
      : [
          `May approve ${safe(open.gate.title, 200)}: ${names(open.mayApprove)}.`,
          `Approved by ${names(open.approvedBy)}. Missing: ${missingText(open)}.`,
        ]),
    `May break the glass: ${names(plan?.core.breakGlass.people ?? [])}.`,
    ...asideLines(lease),
  ];
  return { text: `Who may decide about ${safe(run.request.run)}.`, blocks: [section(lines.join('\n'))] };
}

/** The newest; older ones are of runs that nobody asks about any more. */
const TAKEN_SHOWN = 5;

function takenText({ run, by, at, reason }: TakenOver, people: People): string {
  return `The scopes of ${code(run)} were taken over by ${people.name(by)} ${when(at)}: ${safe(reason, 300)}`;
}

/** Control workers that answer nothing, each with why. */
function asideLines(lease: LeaseView): string[] {
  return asideTexts(lease, Date.now()).map((one) => safe(one, 500));
}

export function leaseAnswer(lease: LeaseView, people: People): Message {
  const holders = Object.entries(lease.holders).map(([scope, { run }]) => `${code(scope)} is held by ${code(run)}`);
  const freezes = lease.freezes.map(
    ({ what, by, at, reason }) => `${what} frozen by ${people.name(by)} ${when(at)}: ${safe(reason, 300)}`,
  );
  const taken = lease.taken.slice(-TAKEN_SHOWN).map((one) => takenText(one, people));
  const lines = [...freezes, ...asideLines(lease), ...holders, ...taken];
  return {
    text: clip(lines.join('; ').replaceAll('`', ''), 1_000) || 'Nothing is frozen, and nothing is held.',
    blocks: [
      lines.length === 0
        ? section('Nothing is frozen, and nothing is held.')
        : list('Freezes and holders', lines, '`lifeboat status`'),
    ],
  };
}
