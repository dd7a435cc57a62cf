/**
 * What there is to do in Slack, most urgent first: what people are waited for comes before everything, what has ended
 * comes last. Slack takes one message a second, so this order decides what an approver hears of now and what in minutes.
 *
 * Must never happen: a gate that stands behind the cards of runs about which nobody can do anything any more.
 */
import { hasEnded } from '../../kernel/run/state.ts';
import type { Scene } from '../blocks/scene.ts';
import type { Tag } from '../slack-api.ts';
import { type Board, cardTag, type Posted, sentForm } from './board.ts';
import { type Item, itemsOf, nextLog, wantsReport } from './items.ts';
import type { Keyring } from './keyring.ts';
import { COALESCE_MS } from './pace.ts';

/**
 * A gate and a question need no card: they name their run, and get its link by an edit. An ended run's card is a record
 * for later; that of a dry run repeats what the asker was answered.
 */
const URGENCY = [
  'question',
  'gate',
  'glass',
  'card of a run that waits',
  'card of a live run',
  'card of a dry run',
  'thread of an open run',
  'edit of what was asked',
  'edit of an open card',
  'log of an open run',
  'card of an ended run',
  'thread of an ended run',
  'report',
  'edit of an ended card',
  'log of an ended run',
] as const;
type Urgency = (typeof URGENCY)[number];

export type Job = { readonly run: string; readonly urgency: Urgency } & (
  | { readonly kind: 'post'; readonly item: Item; readonly threadTs?: string }
  | { readonly kind: 'edit'; readonly item: Item; readonly ts: string }
  /** The run's report as a file, told of in the thread. */
  | { readonly kind: 'report'; readonly scene: Scene; readonly threadTs: string }
  /** The run's thread, and the link of its card. */
  | { readonly kind: 'read' }
);

/** The log of a run is gathered for this long, so that several lines are one message. */
const GATHER_LOG_MS = 2_500;

export interface Agenda {
  /** Everything that may be done now, most urgent first; `nowMs` since 1970. */
  jobs(scenes: readonly Scene[], nowMs: number): Job[];
}

interface Made {
  /** Of what it was made. */
  readonly from: readonly unknown[];
  readonly items: readonly { readonly item: Item; readonly form: string }[];
  /** The next lines of the thread, where it was read. */
  readonly log: Item | undefined;
}

export interface AgendaOptions {
  readonly board: Board;
  readonly keyring: Pick<Keyring, 'keyOf'>;
}

export function createAgenda({ board, keyring }: AgendaOptions): Agenda {
  const made = new Map<string, Made>();

  /** A card takes half a millisecond to make; hundreds of runs, eight times a second, would take the whole processor. */
  function makeOnce(scene: Scene): Made {
    const run = scene.run.request.run;
    const { link, version, logged } = board.of(run);
    const from = [scene.run, scene.plan, scene.pending, scene.staleSince, link, version];
    const known = made.get(run);
    if (known?.from.every((one, index) => one === from[index])) return known;
    const items = itemsOf({ ...scene, cardLink: link }, board.standing(run), keyring).map((item) => ({
      item,
      form: sentForm(item.message, item.tag),
    }));
    const fresh = { from, items, log: logged === undefined ? undefined : nextLog(scene, logged) };
    made.set(run, fresh);
    return fresh;
  }

  function jobsOfRun(scene: Scene, nowMs: number): Job[] {
    const run = scene.run.request.run;
    if (board.isFinal(run)) return [];
    const { logged, loggedAtMs } = board.of(run);
    const ended = hasEnded(scene.run);
    const card = board.posted(cardTag(run));
    const isThreadKnown = card === undefined || logged !== undefined;
    const jobs: Job[] = isThreadKnown
      ? []
      : [{ kind: 'read', run, urgency: ended ? 'thread of an ended run' : 'thread of an open run' }];
    const { items, log } = makeOnce(scene);
    for (const { item, form } of items) {
      // Whether an ended run's card is final, only its thread says.
      if (item.tag.kind === 'card' && ended && !isThreadKnown) continue;
      const there = board.posted(item.tag);
      if (there === undefined) {
        if (item.isNews) jobs.push({ kind: 'post', run, item, urgency: urgencyOfPost(scene, item.tag) });
      } else if (mayEdit(there, nowMs) && form !== there.sent) {
        jobs.push({ kind: 'edit', run, item, ts: there.ts, urgency: urgencyOfEdit(ended, item.tag) });
      }
    }
    if (card !== undefined && log !== undefined && nowMs - loggedAtMs >= GATHER_LOG_MS) {
      const urgency = ended ? 'log of an ended run' : 'log of an open run';
      jobs.push({ kind: 'post', run, item: log, threadTs: card.ts, urgency });
    }
    if (card !== undefined && isThreadKnown && wantsReport(scene) && !isReported(run)) {
      jobs.push({ kind: 'report', run, scene, threadTs: card.ts, urgency: 'report' });
    }
    return jobs;
  }

  function isReported(run: string): boolean {
    return board.standing(run).tags.some(({ kind }) => kind === 'report');
  }

  return {
    jobs: (scenes, nowMs) => {
      const present = new Set(scenes.map(({ run }) => run.request.run));
      for (const run of made.keys()) if (!present.has(run)) made.delete(run);
      return scenes
        .flatMap((scene) => jobsOfRun(scene, nowMs).map((job) => ({ job, order: orderOf(scene) })))
        .toSorted((a, b) => rankOf(a.job) - rankOf(b.job) || a.order - b.order)
        .map(({ job }) => job);
    },
  };
}

function rankOf({ urgency }: Job): number {
  return URGENCY.indexOf(urgency);
}

/** Among equals: who has waited longest for people, else the newest. */
function orderOf({ run }: Scene): number {
  if (hasEnded(run)) return -(run.endedAt ?? run.startedAt);
  return run.question?.askedAt ?? run.gate?.openedAt ?? -run.startedAt;
}

function urgencyOfPost({ run }: Scene, { kind }: Tag): Urgency {
  if (kind === 'question' || kind === 'gate' || kind === 'glass') return kind;
  if (hasEnded(run)) return 'card of an ended run';
  if (run.gate !== null || run.question !== null) return 'card of a run that waits';
  return run.request.mode === 'live' ? 'card of a live run' : 'card of a dry run';
}

function urgencyOfEdit(ended: boolean, { kind }: Tag): Urgency {
  if (kind !== 'card') return 'edit of what was asked';
  return ended ? 'edit of an ended card' : 'edit of an open card';
}

function mayEdit({ tag, editedAtMs }: Posted, nowMs: number): boolean {
  // A loud message is never edited; a final one has had its last edit.
  return tag.kind !== 'glass' && !tag.final && nowMs - editedAtMs >= COALESCE_MS;
}
