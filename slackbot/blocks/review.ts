/**
 * What an approver reads before deciding, as a modal: the exact action, its blast radius, whether it can be taken back,
 * what may be lost, on what evidence, by what plan. The same blocks without inputs are the card's "Details".
 *
 * Must never happen: an input for a person who may not decide, or a hash, a run or a gate in the modal's metadata that
 * others can read or write; `interactions/reviews.ts` seals it.
 */
import type { KnownBlock, ModalView } from '@slack/types';
import { listed } from '../../client/listed.ts';
import { inPlanOrder, PART_TITLES, type PlanPart } from '../../client/plan-order.ts';
import { signedStart } from '../../kernel/decision/policy.ts';
import { formatDuration } from '../../kernel/duration.ts';
import type { EvidenceMap } from '../../kernel/plan/evidence.ts';
import { type Entry, type GateEntry, type Plan, type PlanCore, stepsOf } from '../../kernel/plan/plan.ts';
import { standingIn } from '../../kernel/run/gates.ts';
import { holdText } from '../../kernel/run/words.ts';
import { shortHash } from '../../kernel/signing/hash.ts';
import { briefParts, moreText } from './brief.ts';
import { choice, INPUTS, typed, VIEWS } from './buttons.ts';
import { boundTexts } from './gate.ts';
import { headlineOf, missingText, modeWord, type Scene } from './scene.ts';
import {
  bounded,
  code,
  context,
  hashCode,
  header,
  list,
  plain,
  safe,
  section,
  TITLE_CHARACTERS,
  VIEW_BLOCKS,
  when,
} from './text.ts';

const MAX_SENTENCES_PER_PHASE = 15;
/** Above this age evidence is worth a second look; a gate reads it again every 5 s. */
const OLD_EVIDENCE_MS = 60_000;

/** What the person in front of the modal may do there, and why not more. */
export type Seat =
  | {
      readonly kind: 'decides';
      readonly verdicts: readonly Verdict[];
      readonly typeName: string | null;
      readonly note: string;
    }
  | { readonly kind: 'reads'; readonly note: string };

export interface Reviewed {
  readonly scene: Scene & { readonly plan: Plan };
  readonly gate: GateEntry | undefined;
  readonly evidence: EvidenceMap;
  readonly evidenceHash: string;
  /** When the modal was filled: ages count from here. */
  readonly now: number;
}

/** The name that is typed before a tier with personal keys: what the run acts on. */
export function targetName(core: Pick<PlanCore, 'input' | 'estate'>): string {
  for (const key of ['from', 'region', 'target', 'cluster', 'bucket']) {
    const value = core.input[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return core.estate;
}

/** The modal while it is being filled: a trigger lives 3 s, so this is opened before anything is read. */
export function loadingView(title: string): ModalView {
  return readingView(title, [section('Reading the run…')]);
}

/** A modal that only tells. */
export function readingView(title: string, blocks: readonly KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: VIEWS.reading,
    title: plain(title, TITLE_CHARACTERS),
    close: plain('Close', TITLE_CHARACTERS),
    blocks: bounded(blocks, VIEW_BLOCKS),
  };
}

export type Verdict = 'approve' | 'reject';

/** What the button of the review says: what pressing it does. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = { approve: 'Approve', reject: 'Reject' };

/** The verdict that is chosen when the modal opens. */
export function firstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts[0] ?? 'reject';
}

/** @param sealed what is shown here and to whom */
export function reviewView(reviewed: Reviewed, seat: Seat, sealed: string): ModalView {
  const body = reviewBlocks(reviewed);
  const note = section(`*${safe(seat.note, 600)}*`);
  if (seat.kind === 'reads') return readingView('Review', [note, ...body]);
  const inputs: KnownBlock[] = [
    choice(
      INPUTS.verdict,
      'Your decision',
      seat.verdicts.map((one) => [one, VERDICT_WORDS[one]] as const),
    ),
    typed(INPUTS.reason, 'Reason', {
      hint: 'Rejecting needs one; it is recorded with your name.',
      optional: true,
      multiline: true,
    }),
    ...(seat.typeName === null
      ? []
      : [
          typed(INPUTS.name, 'Name of what it acts on', {
            hint: `To approve, type: ${seat.typeName}`,
            optional: true,
            maxCharacters: 200,
          }),
        ]),
  ];
  return {
    type: 'modal',
    callback_id: VIEWS.review,
    private_metadata: sealed,
    title: plain('Review', TITLE_CHARACTERS),
    submit: plain(VERDICT_WORDS[firstVerdict(seat.verdicts)], TITLE_CHARACTERS),
    close: plain('Close', TITLE_CHARACTERS),
    blocks: [...bounded([note, ...body], VIEW_BLOCKS - inputs.length), ...inputs],
  };
}

/** Everything that is known about the plan, as sections; what a woken person needs comes first, hashes last. */
export function reviewBlocks(reviewed: Reviewed): KnownBlock[] {
  const { scene, gate, evidence, evidenceHash, now } = reviewed;
  const { run, plan, people } = scene;
  const more = moreText(scene);
  const { view, core } = plan;
  const why = signedStart(run.request.start)?.decision.reason ?? '';
  const lines = (part: PlanPart, all: readonly string[]) =>
    all.length === 0 ? [] : [list(PART_TITLES[part], all, more)];
  return [
    header(`${modeWord(run)} ${core.runbook}: ${headlineOf(scene)}`),
    section(
      `Asked for by ${people.name(run.request.requester)} ${when(run.startedAt)}${why ? `: ${safe(why, 400)}` : ''}.`,
    ),
    ...inPlanOrder<KnownBlock>({
      ...briefParts(scene, more),
      inTheWay: lines(
        'inTheWay',
        core.blockers.map(
          ({ rule, say, overridable }) =>
            `${code(rule)} ${safe(say, 300)}${overridable ? ' (break-glass can override it)' : ''}`,
        ),
      ),
      changed: lines(
        'changed',
        run.difference.map((one) => safe(one, 300)),
      ),
      steps: [section(`*${PART_TITLES.steps}*`), ...core.phases.flatMap((_, index) => phaseBlocks(plan, index, more))],
      touched: [section(`*${PART_TITLES.touched}*\n${blastRadius(core)}`)],
      wayBack: [list(PART_TITLES.wayBack, reversibility(plan), more)],
      approval: [
        list(
          'Expected data loss and bounds',
          gate === undefined || gate.bounds.length === 0 ? lossTexts(view.measures) : boundTexts(gate, view.measures),
          more,
        ),
        ...(gate === undefined ? [] : [section(`*${PART_TITLES.approval}*\n${approvalText(scene, gate)}`)]),
      ],
      evidence: lines('evidence', evidenceLines(evidence, now)),
      signed: [
        context(
          `Plan ${code(shortHash(run.planHash))} (${hashCode(run.planHash)}), attempt ${run.attempt}; evidence ${code(shortHash(evidenceHash))}; shown ${when(now)}.`,
        ),
      ],
    }),
  ];
}

function phaseBlocks({ core, view }: Plan, phase: number, more: string): KnownBlock[] {
  const sentences = core.entries
    .filter((one) => one.phase === phase)
    .flatMap((one) =>
      one.kind === 'hold'
        ? [safe(`${view.says[one.id] ?? one.title}: ${holdText(one)}`, 350)]
        : entryIds(one).map((id) => safe(view.says[id] ?? id, 350)),
    );
  const title = `${phase + 1}. ${safe(core.phases[phase]?.title ?? '', 150)}`;
  return sentences.length === 0 ? [] : [list(title, sentences, more, MAX_SENTENCES_PER_PHASE)];
}

function entryIds(one: Entry): string[] {
  return one.kind === 'each' ? stepsOf(one).map(({ id }) => id) : [one.id];
}

function blastRadius(core: PlanCore): string {
  const steps = core.entries.flatMap(stepsOf);
  const count = (effect: string) => steps.filter(({ call }) => call.effect === effect).length;
  const scopes = [...new Set(core.phases.flatMap((one) => one.scopes))];
  return [
    `${count('change')} step(s) change something, ${count('destroy')} destroy something, ${count('read')} only read.`,
    scopes.length === 0
      ? 'Nothing is locked.'
      : `Locked for other runs meanwhile: ${listed(scopes.slice(0, 12).map((one) => code(one)))}${scopes.length > 12 ? ` and ${scopes.length - 12} more` : ''}.`,
  ].join('\n');
}

function reversibility({ core, view }: Plan): string[] {
  const changing = core.entries.flatMap(stepsOf).filter(({ call }) => call.effect !== 'read');
  const pivot = core.entries.find((one) => one.kind === 'pivot');
  const before = pivot === undefined ? changing : changing.filter(({ phase }) => phase < pivot.phase);
  const undoable = before.filter(({ undo }) => undo.kind === 'call').length;
  const lost = before.flatMap(({ id, undo }) =>
    undo.kind === 'irreversible'
      ? [`Cannot be taken back: ${safe(view.says[id] ?? id, 250)}, because ${safe(undo.because, 250)}`]
      : [],
  );
  return [
    `${undoable} of ${before.length} changing step(s) have an undo.`,
    pivot === undefined
      ? 'There is no point of no return.'
      : `Until phase ${pivot.phase + 1} (${safe(core.phases[pivot.phase]?.title ?? '', 100)}) it can be aborted and is taken back; after it the run only goes forward.`,
    ...lost,
  ];
}

function lossTexts(measures: { readonly [measure: string]: number | null }): string[] {
  const loss = measures['loss'];
  if (loss === undefined) return ['This plan measures no loss.'];
  return [loss === null ? 'loss: not measured' : `loss: ${formatDuration(loss)}`];
}

function evidenceLines(evidence: EvidenceMap, now: number): string[] {
  return Object.entries(evidence).map(([probe, one]) => {
    const age = Math.max(0, now - one.at);
    const old = age > OLD_EVIDENCE_MS ? ' (old)' : '';
    const what = one.ok ? `read by ${safe(one.by, 80)}` : `not read: ${safe(one.reason, 200)}`;
    return `${safe(probe, 120)}: ${what}, ${formatDuration(age)} ago${old}`;
  });
}

function approvalText({ run, plan, people }: Reviewed['scene'], gate: GateEntry): string {
  const standing = standingIn(plan.core, run, gate);
  const expiry = run.gate === null ? '' : ` Expires ${when(run.gate.expiresAt)}; then nothing is approved.`;
  return `Tier ${safe(gate.tier.name, 60)}. Approved by ${listed(standing.approvedBy.map((one) => people.name(one)))}. Missing: ${missingText(standing)}.${expiry}`;
}
