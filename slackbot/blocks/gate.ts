/**
 * The message of a gate. A new message for every gate, because an edit notifies nobody; edited once it is decided. The
 * button says "Review…": nothing is approved by one press.
 */
import type { KnownBlock } from '@slack/types';
import { listed } from '../../client/listed.ts';
import { inPlanOrder, PART_TITLES } from '../../client/plan-order.ts';
import type { SignedDecision } from '../../kernel/decision/decision.ts';
import type { GateEntry } from '../../kernel/plan/plan.ts';
import { gateNamed, type StandingGate } from '../../kernel/run/gates.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import { boundText } from '../../kernel/run/words.ts';
import { shortHash } from '../../kernel/signing/hash.ts';
import { briefParts } from './brief.ts';
import { ACTIONS, button, buttons } from './buttons.ts';
import { headlineOf, missingText, modeWord, openGateIn, type Scene } from './scene.ts';
import { bounded, code, context, fallback, header, list, type Message, safe, section, when } from './text.ts';

/** Which gate of the run a message is about; `attempt` tells a gate from the same gate of a newer plan. */
export interface GatePlace {
  readonly gate: string;
  readonly attempt: number;
}

export type GateOutcome = 'open' | 'approved' | 'rejected' | 'superseded' | 'expired' | 'closed';

/** What became of a gate, from the run alone, so that a bot that was down says the same. */
export function gateOutcome({ run, plan }: Scene, { gate, attempt }: GatePlace): GateOutcome {
  const mine = decisionsOf(run.decisions, { gate, attempt });
  if (mine.some(({ decision }) => decision.kind === 'reject')) return 'rejected';
  if (run.attempt > attempt) return 'superseded';
  if (run.gate?.id === gate && !hasEnded(run)) return 'open';
  const position = plan?.core.entries.findIndex((one) => one.id === gate) ?? -1;
  const passed = position >= 0 ? run.cursor > position : mine.length > 0 && run.approvedAt !== null;
  if (passed) return 'approved';
  return run.status === 'expired' ? 'expired' : 'closed';
}

function decisionsOf(all: readonly SignedDecision[], { gate, attempt }: GatePlace): SignedDecision[] {
  return all.filter(({ decision }) => decision.target === gate && decision.attempt === attempt);
}

/** @param gateKey opaque id of the gate, the value of the button */
export function gateMessage(scene: Scene, place: GatePlace, gateKey: string): Message {
  const outcome = gateOutcome(scene, place);
  const open = outcome === 'open' ? openGateIn(scene) : undefined;
  if (open !== undefined) return openGate(scene, open, gateKey);
  const gate = scene.plan === null ? undefined : gateNamed(scene.plan.core, place.gate);
  return closedGate(scene, place, outcome, gate?.title ?? 'The gate');
}

const MORE = 'press Review…';
/** A message must be read in seconds; the review has all. */
const GATE_ROOM = { facts: 8, others: 6 };

function runLink({ run, cardLink }: Scene): string {
  return cardLink === undefined ? code(run.request.run) : `<${cardLink}|${safe(run.request.run, 120)}>`;
}

function openGate(scene: Scene, open: StandingGate, gateKey: string): Message {
  const { run, plan, people } = scene;
  const requester = run.request.requester;
  const { gate, approvedBy } = open;
  const mentions = open.mayApprove.map((person) => people.mention(person));
  const blockers = plan?.core.blockers ?? [];
  const lines = (title: string, all: readonly string[], most: number) =>
    all.length === 0 ? [] : [list(title, all, MORE, most)];
  const blocks: KnownBlock[] = [
    header(`Approval needed: ${gate.title}`),
    section(
      `${mentions.length > 0 ? listed(mentions) : 'Nobody else can approve:'} please review. ${people.name(requester)} asks for it (${runLink(scene)}).`,
    ),
    section(`*${safe(headlineOf(scene), 500)}* (${modeWord(run)} run)`),
    ...(run.trouble === null
      ? []
      : [
          section(
            `*At this moment the planner refuses* ${safe(run.trouble.message, 500)} ${safe(run.trouble.mend, 300)}`,
          ),
        ]),
    ...inPlanOrder<KnownBlock>({
      ...briefParts(scene, MORE, GATE_ROOM),
      inTheWay: lines(
        PART_TITLES.inTheWay,
        blockers.map(({ rule, say }) => `${code(rule)} ${safe(say, 300)}`),
        6,
      ),
      changed: lines(
        PART_TITLES.changed,
        run.difference.map((one) => safe(one, 300)),
        8,
      ),
      approval: [
        ...boundLines(scene, gate),
        section(
          `${approvedBy.length > 0 ? `Approved so far by ${listed(approvedBy.map((one) => people.name(one)))}. ` : ''}Missing: ${missingText(open)}. Expires ${run.gate === null ? 'soon' : when(run.gate.expiresAt)}; then nothing is approved. Tier ${safe(gate.tier.name, 60)}: ${gate.tier.approvals} approval(s)${gate.tier.personalKeys > 0 ? `, ${gate.tier.personalKeys} with a personal key` : ''}.`,
        ),
        buttons([button(ACTIONS.review, 'Review…', gateKey, 'primary')]),
      ],
      signed: [context(`Plan ${code(shortHash(run.planHash))}, attempt ${run.attempt}.`)],
    }),
  ];
  return {
    text: `${mentions.join(' ')} Approval is needed: ${fallback(gate.title)}, asked for by ${people.name(requester)} in the ${modeWord(run)} run ${safe(run.request.run)}.`.trim(),
    blocks: bounded(blocks),
  };
}

function boundLines({ plan }: Scene, gate: GateEntry): KnownBlock[] {
  if (gate.bounds.length === 0) return [];
  return [list('Expected data loss and bounds', boundTexts(gate, plan?.view.measures ?? {}), MORE, 6)];
}

/** Each bound with its present value; what was not measured is said to be not measured (I11). */
export function boundTexts(gate: GateEntry, measures: { readonly [measure: string]: number | null }): string[] {
  return gate.bounds.map((bound) => {
    const value = measures[bound.measure];
    const now = typeof value === 'number' ? boundText(value, bound) : 'not measured';
    return `${safe(bound.measure, 60)}: ${now} (above ${boundText(bound.atMost, bound)} it asks again)`;
  });
}

const OUTCOME_WORDS: Readonly<Record<GateOutcome, string>> = {
  open: 'Open',
  approved: 'Approved',
  rejected: 'Rejected',
  superseded: 'Superseded: the plan was made anew, and is asked about anew',
  expired: 'Expired: nobody decided in time, and silence never approves',
  closed: 'Closed: the run ended before it was decided',
};

function closedGate(scene: Scene, place: GatePlace, outcome: GateOutcome, title: string): Message {
  const { run, people } = scene;
  const mine = decisionsOf(run.decisions, place);
  const lines = mine.map(({ decision }) => {
    const verb =
      decision.kind === 'reject'
        ? 'rejected'
        : decision.override === undefined
          ? 'approved'
          : `broke the glass (${safe(decision.override, 60)})`;
    return `${people.name(decision.by)} ${verb} ${when(decision.at)}${decision.reason ? `: ${safe(decision.reason, 400)}` : ''}`;
  });
  const word = outcome === 'open' ? 'Open: the plan is being read' : OUTCOME_WORDS[outcome];
  const blocks: KnownBlock[] = [
    section(`*${word}:* ${safe(title, 200)} (${runLink(scene)})`),
    ...(lines.length > 0 ? [list('Decisions', lines, 'see the report', 10)] : []),
  ];
  return { text: `${word}: ${fallback(title)}, in the run ${safe(run.request.run)}.`, blocks: bounded(blocks) };
}
