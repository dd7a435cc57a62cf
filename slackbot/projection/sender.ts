/**
 * Brings Slack up to what should stand there, a call at a time, no faster than Slack allows.
 *
 * Must never happen: a message posted again because nobody knows whether it was posted: after an uncertain call the
 * channel is read before anything is posted.
 */
import type { Scene } from '../blocks/scene.ts';
import type { Message } from '../blocks/text.ts';
import type { Log } from '../log.ts';
import { type SlackApi, SlackFailure, type Tag } from '../slack-api.ts';
import { type Board, sentForm } from './board.ts';
import { type Item, itemsOf, nextLog } from './items.ts';
import type { Keyring } from './keyring.ts';
import { COALESCE_MS, createPace, POST_EVERY_MS, UPDATE_BURST, UPDATE_EVERY_MS } from './pace.ts';
import { backoffMs } from './watcher.ts';

/** The log of a run is gathered for this long, so that several lines are one message. */
const GATHER_LOG_MS = 2_500;
/** What Slack refused by name is tried again after this time. */
const REFUSED_RETRY_MS = 60_000;
/** An uncertain post may be dated a little before we asked, by Slack's clock. */
const RECONCILE_BEFORE_MS = 300_000;

export interface Sender {
  /** One round: at most one post and a few edits. Never throws. */
  send(scenes: readonly Scene[]): Promise<void>;
  /** The channel must be read before anything is posted, as at the start. */
  distrust(sinceMs: number): void;
  answers(): boolean;
}

export interface SenderOptions {
  readonly slack: SlackApi;
  readonly board: Board;
  readonly keyring: Pick<Keyring, 'keyOf'>;
  readonly now: () => number;
  readonly log: Log;
}

interface Job {
  readonly item: Item;
  readonly rank: number;
  readonly threadTs?: string | undefined;
  /** The message to edit; undefined posts a new one. */
  readonly ts?: string | undefined;
}

export function createSender({ slack, board, keyring, now, log }: SenderOptions): Sender {
  const posts = createPace({ everyMs: POST_EVERY_MS, burst: 1, now });
  const updates = createPace({ everyMs: UPDATE_EVERY_MS, burst: UPDATE_BURST, now });
  const refusedUntil = new Map<string, number>();
  let distrustSinceMs: number | undefined;
  let closedUntilMs = 0;
  let failures = 0;

  const nameOf = ({ run, kind, item }: Tag) => `${run} ${kind} ${item}`;

  function jobsOf(scene: Scene): Job[] {
    const run = scene.run.request.run;
    if (board.isFinal(run)) return [];
    const mine = board.of(run);
    const withLink: Scene = { ...scene, cardLink: mine.link };
    const jobs: Job[] = [];
    for (const item of itemsOf(withLink, board.standing(run), keyring)) {
      const there = board.posted(item.tag);
      if (there === undefined) {
        if (item.isNews) jobs.push({ item, rank: item.tag.kind === 'card' ? 0 : 1 });
      } else if (needsEdit(item, there.sent, there.editedAtMs, there.tag)) {
        jobs.push({ item, rank: item.tag.kind === 'card' ? 3 : 2, ts: there.ts });
      }
    }
    const card = board.posted({ run, kind: 'card', item: '', final: false });
    if (card !== undefined && mine.logged !== undefined) {
      const log = nextLog(scene, mine.logged);
      if (log !== undefined && now() - mine.loggedAtMs >= GATHER_LOG_MS)
        jobs.push({ item: log, rank: 4, threadTs: card.ts });
    }
    return jobs.filter(({ item }) => (refusedUntil.get(nameOf(item.tag)) ?? 0) <= now());
  }

  function needsEdit(item: Item, sent: string, editedAtMs: number, tag: Tag): boolean {
    // A loud message is never edited; a final one has had its last edit.
    if (item.tag.kind === 'glass' || tag.final) return false;
    return sentForm(item.message, item.tag) !== sent && now() - editedAtMs >= COALESCE_MS;
  }

  /** The card's link is an ornament: without it the run is named. */
  async function readLink(run: string): Promise<void> {
    const card = board.posted({ run, kind: 'card', item: '', final: false });
    if (card !== undefined) board.of(run).link ??= await slack.permalink(card.ts).catch(() => undefined);
  }

  /** Reads what must be known before anything may be posted. */
  async function readFirst(scenes: readonly Scene[]): Promise<void> {
    if (distrustSinceMs !== undefined) {
      await board.reconcile(distrustSinceMs);
      distrustSinceMs = undefined;
    }
    for (const { run } of scenes) {
      const name = run.request.run;
      if (board.isFinal(name) || board.of(name).logged !== undefined) continue;
      try {
        await board.readThread(name);
      } catch (error) {
        if (!SlackFailure.is(error) || error.kind !== 'refused') throw error;
        // Somebody deleted the card: it is posted anew, and must not hold up the other runs.
        log('warn', 'the card of a run is gone', { run: name, slackError: error.slackError });
        board.drop({ run: name, kind: 'card', item: '', final: false });
      }
      await readLink(name);
    }
  }

  async function perform({ item, threadTs, ts }: Job): Promise<void> {
    const { tag, message } = item;
    const posted = await orPlain(message, tag, async (form) => {
      if (ts === undefined) return slack.post(form, tag, threadTs);
      await slack.update(ts, form, tag);
      return ts;
    });
    board.put(tag, posted, message, now());
    if (ts === undefined && tag.kind === 'card') await readLink(tag.run);
  }

  /** Blocks that Slack does not take must not keep people from hearing of it: the sentence is sent alone. */
  async function orPlain(message: Message, tag: Tag, send: (form: Message) => Promise<string>): Promise<string> {
    try {
      return await send(message);
    } catch (error) {
      if (!SlackFailure.is(error) || !/^invalid_(blocks|arguments)/.test(error.slackError)) throw error;
      log('error', 'Slack refused the blocks of a message', { ...tag, slackError: error.slackError });
      return send({ text: message.text, blocks: [] });
    }
  }

  function failed(error: unknown, job: Job | undefined): void {
    const failure = SlackFailure.is(error) ? error : new SlackFailure('uncertain', 'unexpected');
    const tag = job?.item.tag;
    if (failure.kind === 'rate-limited') {
      if (job === undefined) closedUntilMs = now() + failure.retryAfterMs;
      else (job.ts === undefined ? posts : updates).closeFor(failure.retryAfterMs);
      return;
    }
    if (failure.kind === 'refused' && job !== undefined && tag !== undefined) {
      log('warn', 'Slack refused a message', { ...tag, slackError: failure.slackError });
      if (job.ts !== undefined && failure.slackError === 'message_not_found') board.drop(tag);
      else refusedUntil.set(nameOf(tag), now() + REFUSED_RETRY_MS);
      return;
    }
    failures += 1;
    closedUntilMs = now() + backoffMs(failures);
    if (failures === 1) log('warn', 'Slack does not answer', { slackError: failure.slackError });
    if (job === undefined || job.ts !== undefined) return;
    distrustSinceMs = Math.min(distrustSinceMs ?? Number.POSITIVE_INFINITY, now() - RECONCILE_BEFORE_MS);
    if (tag?.kind === 'log') board.forgetThread(tag.run);
  }

  return {
    distrust: (sinceMs) => {
      distrustSinceMs = Math.min(distrustSinceMs ?? Number.POSITIVE_INFINITY, sinceMs);
    },
    answers: () => failures === 0,
    send: async (scenes) => {
      if (now() < closedUntilMs || scenes.length === 0) return;
      try {
        await readFirst(scenes);
      } catch (error) {
        return failed(error, undefined);
      }
      const jobs = scenes.flatMap(jobsOf).toSorted((a, b) => a.rank - b.rank);
      for (const job of jobs) {
        if (!(job.ts === undefined ? posts : updates).take()) continue;
        try {
          await perform(job);
          if (failures > 0) log('info', 'Slack answers again');
          failures = 0;
        } catch (error) {
          failed(error, job);
          if (now() < closedUntilMs || distrustSinceMs !== undefined) return;
        }
      }
    },
  };
}
