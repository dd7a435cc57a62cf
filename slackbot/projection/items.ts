/**
 * What should stand in Slack about a run, from the run alone. Pure: the same run and the same board give the same items,
 * so a bot that was down catches up by looking (I10).
 */

import { policyOf } from '../../kernel/decision/policy.ts';
import { hasEnded } from '../../kernel/run/state.ts';
import { cardMessage } from '../blocks/card.ts';
import { type GatePlace, gateMessage, gateOutcome } from '../blocks/gate.ts';
import { glassMessage, logMessage, MAX_LOG_LINES } from '../blocks/log.ts';
import { answeredMessage, questionMessage } from '../blocks/question.ts';
import type { Scene } from '../blocks/scene.ts';
import type { Message } from '../blocks/text.ts';
import type { Tag } from '../slack-api.ts';
import type { Keyring } from './keyring.ts';

export interface Item {
  readonly tag: Tag;
  readonly message: Message;
  /** Whether it is worth a new message; else it only edits one that is there. */
  readonly isNews: boolean;
}

/** What is known to stand in Slack about one run. */
export interface Standing {
  /** `kind item` of every message of the run that was not final, and of final ones. */
  readonly tags: readonly Tag[];
  /** How many items of the timeline are in the thread. */
  readonly logged: number;
}

function gateItem({ gate, attempt }: GatePlace): string {
  return `${gate}#${attempt}`;
}

function placeOf(item: string): GatePlace {
  const at = item.lastIndexOf('#');
  return { gate: item.slice(0, at), attempt: Number(item.slice(at + 1)) };
}

/** Card, gates, questions and loud messages; the log comes from {@link nextLog}. In the order of their importance. */
export function itemsOf(scene: Scene, standing: Standing, keyring: Pick<Keyring, 'keyOf'>): Item[] {
  const { run } = scene;
  const others = [
    ...gateItems(scene, standing, keyring),
    ...questionItems(scene, standing, keyring),
    ...glassItems(scene),
  ];
  const reported = !wantsReport(scene) || standing.tags.some(({ kind }) => kind === 'report');
  const open = new Set(standing.tags.filter(({ kind, final }) => !final && kind !== 'card').map(keyOfTag));
  const stillOpen = others.some(
    ({ tag, isNews }) => !tag.final || open.has(keyOfTag(tag)) || (isNews && !isThere(standing, tag)),
  );
  const final = hasEnded(run) && standing.logged >= run.timeline.length && !stillOpen && reported;
  const card: Item = {
    tag: { run: run.request.run, kind: 'card', item: '', final },
    message: cardMessage(
      { ...scene, reportLink: linkOf(standing) },
      keyring.keyOf({ kind: 'run', run: run.request.run }),
    ),
    isNews: !isUntold(scene),
  };
  return [card, ...others];
}

/**
 * Nothing but what was typed and not taken, or is just being looked at: its answer goes to the one who typed it, and the
 * channel hears of it when there is something to decide. What a policy started nobody typed: it is always told.
 */
export function isUntold({ run, plan }: Pick<Scene, 'run' | 'plan'>): boolean {
  const { request, status, touched, gate, question, paused, decisions, cursor } = run;
  if (policyOf(request.start) !== undefined || touched || decisions.length > 0) return false;
  if (gate !== null || question !== null || paused !== null) return false;
  if (hasEnded(run)) return status === 'refused';
  const first = plan?.core.entries.findIndex(({ kind }) => kind === 'gate') ?? cursor;
  return first >= cursor;
}

/** Of a run that acted, once it has ended and its record was written. */
export function wantsReport({ run, plan }: Pick<Scene, 'run' | 'plan'>): boolean {
  return hasEnded(run) && run.report !== null && plan !== null;
}

/** The link of the report's file, where it is there. */
function linkOf({ tags }: Standing): string | undefined {
  const link = tags.find(({ kind }) => kind === 'report')?.item;
  return link === undefined || !URL.canParse(link) ? undefined : link;
}

export function keyOfTag({ kind, item }: Pick<Tag, 'kind' | 'item'>): string {
  return `${kind} ${item}`;
}

function isThere(standing: Standing, tag: Tag): boolean {
  return standing.tags.some((one) => keyOfTag(one) === keyOfTag(tag));
}

function gateItems(scene: Scene, standing: Standing, keyring: Pick<Keyring, 'keyOf'>): Item[] {
  const { run, plan } = scene;
  const open: GatePlace | undefined =
    run.gate !== null && plan !== null && !hasEnded(run) ? { gate: run.gate.id, attempt: run.attempt } : undefined;
  const posted = standing.tags.filter(({ kind, final }) => kind === 'gate' && !final).map(({ item }) => placeOf(item));
  const places = [
    ...posted.filter((one) => open === undefined || gateItem(one) !== gateItem(open)),
    ...(open ? [open] : []),
  ];
  return places.map((place) => {
    const outcome = gateOutcome(scene, place);
    const key = keyring.keyOf({ kind: 'gate', run: run.request.run, ...place });
    return {
      tag: { run: run.request.run, kind: 'gate', item: gateItem(place), final: outcome !== 'open' },
      message: gateMessage(scene, place, key),
      isNews: outcome === 'open',
    };
  });
}

function questionItems(scene: Scene, standing: Standing, keyring: Pick<Keyring, 'keyOf'>): Item[] {
  const { run } = scene;
  const question = hasEnded(run) ? null : run.question;
  const tagOf = (item: string, final: boolean): Tag => ({ run: run.request.run, kind: 'question', item, final });
  const answered = standing.tags
    .filter(({ kind, item, final }) => kind === 'question' && !final && item !== question?.id)
    .map(({ item }) => ({ tag: tagOf(item, true), message: answeredMessage(scene, item), isNews: false }));
  if (question === null) return answered;
  const key = keyring.keyOf({ kind: 'question', run: run.request.run, question: question.id });
  return [
    ...answered,
    { tag: tagOf(question.id, false), message: questionMessage(scene, question, key), isNews: true },
  ];
}

function glassItems(scene: Scene): Item[] {
  return scene.run.decisions
    .filter(({ decision }) => decision.override !== undefined)
    .map((signed) => ({
      tag: { run: scene.run.request.run, kind: 'glass', item: signed.decision.id, final: true },
      message: glassMessage(scene, signed),
      isNews: true,
    }));
}

/** The next lines of the thread; `item` is the first and the last index, so that a restart knows where to go on. */
export function nextLog({ run, people }: Scene, logged: number): Item | undefined {
  const items = run.timeline.slice(logged, logged + MAX_LOG_LINES);
  if (items.length === 0) return undefined;
  const tag: Tag = { run: run.request.run, kind: 'log', item: `${logged}-${logged + items.length - 1}`, final: true };
  return { tag, message: logMessage(items, people), isNews: true };
}

/** How many timeline items a log message's tag covers from the beginning: its last index and one. */
export function loggedBy(item: string): number {
  const last = Number(/^\d+-(\d+)$/.exec(item)?.[1] ?? Number.NaN);
  return Number.isInteger(last) ? last + 1 : 0;
}
