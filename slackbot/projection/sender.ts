/**
 * Brings Slack up to what should stand there, a call at a time, no faster than Slack allows, the most urgent first.
 *
 * Must never happen: a message posted again because nobody knows whether it was posted: after an uncertain call the
 * channel is read before anything is posted. Nor a call after this bot's turn to post has ended.
 */
import { backoffMs } from '../../kernel/backoff.ts';
import { noReportMessage, reportFile, reportMessage } from '../blocks/report.ts';
import type { Scene } from '../blocks/scene.ts';
import type { Message } from '../blocks/text.ts';
import type { Log } from '../log.ts';
import { type SlackApi, SlackFailure, type Tag } from '../slack-api.ts';
import { type Board, cardTag } from './board.ts';
import { createAgenda, type Job } from './jobs.ts';
import type { Keyring } from './keyring.ts';
import { createPace, POST_EVERY_MS, TIER_3_BURST, TIER_3_EVERY_MS } from './pace.ts';
import type { Reach } from './reach.ts';
import { RETRY } from './watcher.ts';

/** What Slack refused by name is tried again after this time. */
const REFUSED_RETRY_MS = 60_000;
/** An uncertain post may be dated a little before we asked, by Slack's clock. */
const RECONCILE_BEFORE_MS = 300_000;
/** Slack's names for a token that it does not take (any more): nothing gets through, as when Slack were away. */
const SHUT_OUT: readonly string[] = [
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
];
/** Slack's names for a message that somebody deleted. */
const GONE: readonly string[] = ['message_not_found', 'thread_not_found'];

export interface Sender {
  /** One round: at most one post, a few edits and one thread that is read. Never throws. */
  send(scenes: readonly Scene[]): Promise<void>;
  /** The channel must be read before anything is posted, as at the start. */
  distrust(sinceMs: number): void;
}

export interface SenderOptions {
  readonly slack: SlackApi;
  readonly board: Board;
  readonly keyring: Pick<Keyring, 'keyOf'>;
  /** Whether it is still this bot that posts; asked before every call. */
  readonly mayPost: () => boolean;
  readonly reach: Reach;
  readonly now: () => number;
  readonly log: Log;
}

export function createSender({ slack, board, keyring, mayPost, reach, now, log }: SenderOptions): Sender {
  const paces = {
    post: createPace({ everyMs: POST_EVERY_MS, burst: 1, now }),
    edit: createPace({ everyMs: TIER_3_EVERY_MS, burst: TIER_3_BURST, now }),
    read: createPace({ everyMs: TIER_3_EVERY_MS, burst: TIER_3_BURST, now }),
  };
  const paceOf = (job: Job) => paces[job.kind === 'report' ? 'post' : job.kind];
  const agenda = createAgenda({ board, keyring });
  const refusedUntil = new Map<string, number>();
  let distrustSinceMs: number | undefined;
  let closedUntilMs = 0;
  let failures = 0;

  /** The card's link is an ornament: without it the run is named. */
  async function readLink(run: string): Promise<void> {
    const card = board.posted(cardTag(run));
    if (card !== undefined) board.of(run).link ??= await slack.permalink(card.ts).catch(() => undefined);
  }

  async function perform(job: Job): Promise<void> {
    if (job.kind === 'read') {
      await board.readThread(job.run);
      return readLink(job.run);
    }
    if (job.kind === 'report') return sendReport(job);
    const { tag, message } = job.item;
    const ts = await orPlain(message, tag, async (form) => {
      if (job.kind === 'post') return slack.post(form, tag, job.threadTs);
      await slack.update(job.ts, form, tag);
      return job.ts;
    });
    board.put(tag, ts, message, now());
    if (job.kind === 'post' && tag.kind === 'card') await readLink(tag.run);
  }

  /** What Slack refuses to take as a file is told of in words: nobody is to look for it in vain. */
  async function sendReport({ run, scene, threadTs }: Extract<Job, { kind: 'report' }>): Promise<void> {
    const file = reportFile(scene);
    const link = await slack.upload(file).catch((error: unknown) => {
      const isRefused = SlackFailure.is(error) && error.kind === 'refused' && !SHUT_OUT.includes(error.slackError);
      if (!isRefused) throw error;
      log('warn', 'Slack refused the file of a report', { run, slackError: error.slackError });
      return new NoFile(error.slackError);
    });
    const message = link instanceof NoFile ? noReportMessage(scene, link.why) : reportMessage(scene, link);
    const tag: Tag = { run, kind: 'report', item: link instanceof NoFile ? '' : link, final: true };
    board.put(tag, await slack.post(message, tag, threadTs), message, now());
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

  function failed(error: unknown, job: Job | undefined, askedMs: number): void {
    const failure = SlackFailure.is(error) ? error : new SlackFailure('uncertain', 'unexpected');
    if (failure.kind === 'rate-limited') {
      if (job === undefined) closedUntilMs = now() + failure.retryAfterMs;
      else paceOf(job).closeFor(failure.retryAfterMs);
      return;
    }
    if (failure.kind === 'refused' && job !== undefined && !SHUT_OUT.includes(failure.slackError)) {
      refused(failure, job);
      return;
    }
    reach.failed(askedMs);
    failures += 1;
    closedUntilMs = now() + backoffMs(failures, RETRY);
    if (failures === 1) log('warn', 'Slack does not answer', { slackError: failure.slackError });
    if (job?.kind !== 'post' && job?.kind !== 'report') return;
    distrustSinceMs = Math.min(distrustSinceMs ?? Number.POSITIVE_INFINITY, now() - RECONCILE_BEFORE_MS);
    if (job.kind === 'report' || job.item.tag.kind === 'log') board.forgetThread(job.run);
  }

  function refused({ slackError }: SlackFailure, job: Job): void {
    log('warn', 'Slack refused a call', { name: nameOf(job), slackError });
    // Somebody deleted the message: it is posted anew. Anything else must not hold up the other runs.
    if ((job.kind === 'edit' || job.kind === 'read') && GONE.includes(slackError)) {
      board.drop(job.kind === 'edit' ? job.item.tag : cardTag(job.run));
    } else refusedUntil.set(nameOf(job), now() + REFUSED_RETRY_MS);
  }

  return {
    distrust: (sinceMs) => {
      distrustSinceMs = Math.min(distrustSinceMs ?? Number.POSITIVE_INFINITY, sinceMs);
    },
    send: async (scenes) => {
      if (now() < closedUntilMs || scenes.length === 0 || !mayPost()) return;
      let askedMs = now();
      try {
        if (distrustSinceMs !== undefined) await board.reconcile(distrustSinceMs);
        distrustSinceMs = undefined;
      } catch (error) {
        return failed(error, undefined, askedMs);
      }
      for (const job of agenda.jobs(scenes, now())) {
        if ((refusedUntil.get(nameOf(job)) ?? 0) > now() || !paceOf(job).take()) continue;
        if (!mayPost()) return;
        askedMs = now();
        try {
          await perform(job);
          reach.succeeded();
          if (failures > 0) log('info', 'Slack answers again');
          failures = 0;
        } catch (error) {
          failed(error, job, askedMs);
          if (now() < closedUntilMs || distrustSinceMs !== undefined) return;
        }
        // What was read may change what there is to do.
        if (job.kind === 'read') return;
      }
    },
  };
}

/** Why there is no file. */
class NoFile {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

function nameOf(job: Job): string {
  if (job.kind === 'read') return `${job.run} thread`;
  if (job.kind === 'report') return `${job.run} report`;
  const { kind, item } = job.item.tag;
  return `${job.run} ${kind} ${item}`;
}
