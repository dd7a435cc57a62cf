/**
 * A plan as text, so that an approver can judge it from the terminal alone: what was found, what will be done and to
 * what, how each step is taken back, what is left out, who must agree, and the hash that is signed.
 */

import { listed } from '../../client/listed.ts';
import { inPlanOrder, PART_TITLES, type PlanPart } from '../../client/plan-order.ts';
import { touchedBy } from '../../client/touched.ts';
import { isPolicyRequester } from '../../kernel/decision/policy.ts';
import { mayApprove } from '../../kernel/decision/standing.ts';
import { formatDuration } from '../../kernel/duration.ts';
import { asClause } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import {
  type Bound,
  type Call,
  type Entry,
  type GateEntry,
  type Plan,
  type PlannedStep,
  stepsOf,
} from '../../kernel/plan/plan.ts';
import { gatesOf } from '../../kernel/run/gates.ts';
import type { PlanAnswer } from '../../kernel/run/state.ts';
import { boundText, factText, holdText } from '../../kernel/run/words.ts';
import { shortHash } from '../../kernel/signing/hash.ts';
import { agoText, bullet, clockText, countText, pairs, type Sheet, untilText, wrap } from './text.ts';

export interface PlanAround {
  /** Left out where the gate is not open yet. */
  readonly expiresAt?: number | undefined;
  readonly requester?: string | undefined;
}

/** The whole plan; a run without one says so. */
export function renderPlan(answer: PlanAnswer, sheet: Sheet, around: PlanAround = {}): string {
  const { plan } = answer;
  if (!plan) return 'There is no plan yet.';
  const { view } = plan;
  const { paint } = sheet;
  const section = (part: PlanPart, lines: readonly string[]): { readonly [one in PlanPart]?: readonly string[] } =>
    lines.length === 0 ? {} : { [part]: ['', paint.strong(PART_TITLES[part]), ...lines] };
  return [
    ...wrap(view.headline, sheet.width).map(paint.strong),
    ...inPlanOrder({
      ...section('found', factLines(plan, sheet)),
      ...section(
        'warnings',
        view.warnings.flatMap((warning) => bullet(paint.warn(warning), sheet)),
      ),
      ...section(
        'leftOut',
        view.leftOut.flatMap(({ what, because }) => bullet(`${what}: ${because}`, sheet)),
      ),
      ...section('inTheWay', blockerLines(plan, sheet)),
      ...section(
        'changed',
        answer.difference.flatMap((say) => bullet(say, sheet)),
      ),
      ...section('steps', stepLines(plan, sheet)),
      ...section('touched', touchedLines(plan, sheet)),
      ...section('approval', approvalLines(plan, sheet, around)),
      ...section('evidence', pairs(agesOf(answer, sheet), sheet)),
      ...section('signed', signedLines(answer, sheet)),
    }),
  ].join('\n');
}

/** What was found, the most urgent first, each with since when where that is known. */
export function factLines({ view }: Pick<Plan, 'view'>, sheet: Sheet): string[] {
  const timeText = (ms: number): string => `${clockText(ms)} (${agoText(ms, sheet.now)})`;
  return pairs(
    view.facts.map((fact) => [fact.label, factText(fact, timeText)] as const),
    sheet,
  );
}

function agesOf({ evidence }: PlanAnswer, { now }: Sheet): (readonly [string, string])[] {
  const all = Object.values(evidence);
  if (all.length === 0) return [];
  const silent = all.filter(({ ok }) => !ok).length;
  const oldest = Math.min(...all.map(({ at }) => at));
  const answers = silent === 0 ? 'all answered' : `${silent} of ${all.length} had no answer`;
  return [['Evidence', `${countText(all.length, 'probe')}, ${answers}; the oldest was read ${agoText(oldest, now)}`]];
}

function touchedLines({ core }: Plan, sheet: Sheet): string[] {
  const touched = touchedBy(core);
  if (touched.length === 0) return bullet('nothing: every step only reads', sheet);
  return touched.flatMap(({ scope, changes, destroys, irreversible }) => {
    const parts = [
      ...(changes > 0 ? [countText(changes, 'change')] : []),
      ...(destroys > 0 ? [sheet.paint.bad(countText(destroys, 'DESTRUCTION'))] : []),
      ...(irreversible > 0 ? [`${irreversible} that cannot be taken back`] : []),
    ];
    return bullet(`${scope}: ${parts.join(', ')}`, sheet);
  });
}

function blockerLines({ core }: Plan, sheet: Sheet): string[] {
  return core.blockers.flatMap(({ rule, say, overridable }) => {
    const way = overridable ? `mend it, or \`lifeboat break-glass RUN ${rule} REASON\`` : 'it cannot be overridden';
    return bullet(`${sheet.paint.bad(rule)}: ${say} (${way})`, sheet);
  });
}

function stepLines({ core, view }: Plan, sheet: Sheet): string[] {
  const pivot = core.entries.findIndex(({ kind }) => kind === 'pivot');
  return core.phases.flatMap(({ title }, phase) => [
    `  ${phase + 1}. ${sheet.paint.strong(title)}`,
    ...core.entries.flatMap((one, position) =>
      one.phase === phase ? entryLines(one, { view, final: pivot !== -1 && position > pivot }, sheet) : [],
    ),
  ]);
}

/** `final`: after the point of no return, where nothing is taken back. */
interface Place {
  readonly view: Plan['view'];
  readonly final: boolean;
}

function entryLines(one: Entry, place: Place, sheet: Sheet): string[] {
  const sayOf = (id: string): string => place.view.says[id] ?? id;
  const line = (id: string, text: string, ...more: readonly string[]): string[] => [
    ...bullet(`${text} ${sheet.paint.quiet(`[${id}]`)}`, sheet, 5),
    ...more.flatMap((say) => bullet(sheet.paint.quiet(say), sheet, 7, '')),
  ];
  switch (one.kind) {
    case 'step':
      return line(
        one.id,
        `${sayOf(one.id)}${effectText(one.call)}`,
        ...stepsOf(one).flatMap((step) => undoText(step, place)),
      );
    case 'each': {
      const steps = stepsOf(one);
      const [first] = steps;
      const together = `${countText(one.targets.length, 'target')}, ${one.parallel === 1 ? 'one after another' : `${one.parallel} at a time`}`;
      const targets = steps.flatMap((step) => [
        ...bullet(`${step.id.slice(one.id.length + 1)}: ${sayOf(step.id)}`, sheet, 7),
        ...(sameUndo(steps, place)
          ? []
          : undoText(step, place).flatMap((say) => bullet(sheet.paint.quiet(say), sheet, 9, ''))),
      ]);
      const undo = first && sameUndo(steps, place) ? undoText(first, place) : [];
      return [
        ...line(one.id, `For each of ${together}:`),
        ...targets,
        ...undo.flatMap((say) => bullet(sheet.paint.quiet(say), sheet, 7, '')),
      ];
    }
    case 'gate':
      return line(one.id, `Wait for approval: ${one.title}`);
    case 'hold':
      return line(one.id, `${one.title}: ${holdText(one)}`);
    case 'pivot':
      return line(one.id, sheet.paint.warn(`${asClause(sayOf(one.id))}.`));
  }
}

const effectText = ({ effect }: Call): string =>
  effect === 'read' ? ' (only reads)' : effect === 'destroy' ? ' (DESTROYS)' : '';

/** Whether all targets are taken back in the same words, so that they are said once. */
function sameUndo(targets: readonly PlannedStep[], { view }: Place): boolean {
  return new Set(targets.map((step) => undoText(step, { view, final: false }).join())).size === 1;
}

function undoText({ id, call, undo }: Omit<PlannedStep, 'phase'>, { view, final }: Place): string[] {
  if (call.effect === 'read') return [];
  if (final) return ['is not taken back: it stands after the point of no return'];
  if (undo.kind === 'irreversible') return [`cannot be taken back, because ${undo.because}`];
  if (undo.kind === 'none') return ['is not taken back'];
  return [`taken back by: ${view.undoSays?.[id] ?? `${undo.call.step} ${argumentText(undo.call)}`}`];
}

/** Arguments without what they replace (`was`), and without what is empty. */
function argumentText({ args }: Call): string {
  return Object.entries(args)
    .filter(([key, value]) => key !== 'was' && valueText(value) !== '')
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Array.isArray(value)
    ? value.map(valueText)
    : Object.entries(value).flatMap(([key, one]) => (valueText(one) === '' ? [] : [`${key}: ${valueText(one)}`]));
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

function approvalLines({ core, view }: Plan, sheet: Sheet, { expiresAt, requester }: PlanAround): string[] {
  const gates = gatesOf(core);
  if (gates.length === 0) return bullet('none is needed: nothing is changed', sheet);
  return gates.flatMap((gate) => {
    if (requester !== undefined && isPolicyRequester(requester)) {
      const by = `${requester} lets it pass, or it ends; no person is asked`;
      return [
        ...bullet(`${gate.title} ${sheet.paint.quiet(`[${gate.id}]`)}`, sheet),
        ...pairs([['Who', by]], sheet, 4),
      ];
    }
    const rows: (readonly [string, string])[] = [
      ['Tier', tierText(gate)],
      [
        'Who may',
        `${listed(mayApprove(gate, requester).map(sheet.nameOf), 'or')}${requester ? `, not the requester (${sheet.nameOf(requester)})` : ', never the requester'}`,
      ],
      ...gate.bounds.map((bound) => ['Bound', boundLine(bound, view.measures[bound.measure])] as const),
      [
        'Expires',
        expiresAt === undefined
          ? `${formatDuration(gate.tier.expires)} after it opens; expiry never approves`
          : `${untilText(expiresAt, sheet.now)}; expiry never approves`,
      ],
    ];
    return [...bullet(`${gate.title} ${sheet.paint.quiet(`[${gate.id}]`)}`, sheet), ...pairs(rows, sheet, 4)];
  });
}

/** `one-other-person: 1 other person, the bot's word for them suffices`. */
export function tierText({ tier }: GateEntry): string {
  const people = `${tier.approvals} other ${tier.approvals === 1 ? 'person' : 'people'}`;
  const keys = tier.personalKeys > 0 ? `, at least ${tier.personalKeys} with a personal key` : '';
  return `${tier.name}: ${people}${keys}, ${tier.botSuffices ? 'from Slack or the terminal' : 'Slack alone does not suffice'}`;
}

function boundLine(bound: Bound, now: number | null | undefined): string {
  const present = typeof now === 'number' ? `now ${boundText(now, bound)}` : 'not measured';
  return `${bound.measure} at most ${boundText(bound.atMost, bound)}; ${present}`;
}

function signedLines({ planHash, evidenceHash, attempt, plan }: PlanAnswer, sheet: Sheet): string[] {
  const rows: (readonly [string, string])[] = [
    ['Plan hash', planHash],
    ['Evidence', evidenceHash],
    ['Attempt', String(attempt)],
    ['Estate file', `${plan?.core.estate ?? ''}, digest ${shortHash(plan?.core.estateDigest ?? '')}`],
  ];
  return pairs(rows, sheet);
}
