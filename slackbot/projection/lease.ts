/**
 * Of several bots one posts. The others answer commands and presses, and take over when it ends, on whatever host.
 *
 * What a lease guards is duplicates in Slack, not the estate: nothing changes twice when two bots post. Who posts is
 * said by a workflow (workflows/posting.ts); while Temporal does not answer the grant runs out and nothing is posted,
 * but then nothing new is known either, and nothing waits for Slack (I10).
 *
 * A bot that cannot reach Slack gives the lease up, and does not ask for it until it can.
 *
 * Must never happen: posting for longer than it was granted. The time is counted from before the bot asked, by a clock
 * that nobody sets, and ends so early that a call which is under way has ended too.
 */
import { randomUUID } from 'node:crypto';
import type { Lifeboat } from '../../client/api.ts';
import { pause } from '../../host/pause.ts';
import { errorData, type Log } from '../log.ts';

export interface PostingLease {
  /** Begins to ask for the lease, and to renew it, in the background; while `fit` says no it is given up instead. */
  keep(fit?: () => boolean): void;
  /**
   * Which term of this bot it is, undefined while it may not post. Within a term nobody else has posted. Local and
   * cheap: asked before every call that posts.
   */
  term(): number | undefined;
  /** Ends the asking, and gives back what is held. */
  release(): Promise<void>;
}

/** For a bot that is alone by construction, and for tests. */
export function soleLease(): PostingLease {
  return { keep: () => undefined, term: () => 1, release: async () => undefined };
}

/**
 * After a bot was killed Slack is silent for so long. A third of it passes between two renewals, so that one may fail;
 * and a third is left when the bot stops by itself, which is as long as a call to Slack may last (5 s).
 */
export const GRANT_MS = 15_000;
/** After a question that Temporal did not answer. */
const RETRY_MS = 1_000;
/** The holder's time runs out by Temporal's clock; asked a little later, the lease is free. */
const AFTER_MS = 50;
/** How soon a bot that is not fit any more gives its lease up. */
const LOOK_MS = 250;

export interface LeaseOptions {
  readonly lifeboat: Pick<Lifeboat, 'post' | 'stopPosting'>;
  readonly log: Log;
  /** How long a grant lasts. */
  readonly grantMs?: number;
  /** Milliseconds by a clock that only goes forward. */
  readonly elapsedMs?: () => number;
  /** Names this process among the bots of the estate. */
  readonly bot?: string;
}

/** The lease of the estate's workflow, for this process. */
export function temporalLease({
  lifeboat,
  log,
  grantMs = GRANT_MS,
  elapsedMs = () => performance.now(),
  bot = randomUUID(),
}: LeaseOptions): PostingLease {
  const thirdMs = grantMs / 3;
  let held: { readonly term: number; readonly untilMs: number } | undefined;
  const stopping = new AbortController();
  let failures = 0;
  let fit = () => true;
  let asksOn: Promise<void> = Promise.resolve();

  /** How long to wait before it asks again. */
  async function ask(): Promise<number> {
    const askedMs = elapsedMs();
    try {
      const answer = await lifeboat.post({ bot, forMs: grantMs });
      if (failures > 0) log('info', 'the posting lease can be asked for again');
      failures = 0;
      if (!answer.granted) {
        held = undefined;
        return Math.min(thirdMs, answer.held.leftMs + AFTER_MS);
      }
      held = { term: answer.grant.since, untilMs: askedMs + 2 * thirdMs };
      return Math.max(0, thirdMs - (elapsedMs() - askedMs));
    } catch (error) {
      failures += 1;
      if (failures === 1) log('warn', 'the posting lease cannot be asked for', errorData(error));
      return Math.min(RETRY_MS, thirdMs);
    }
  }

  async function giveUp(): Promise<void> {
    const wasHeld = held !== undefined;
    held = undefined;
    if (!wasHeld) return;
    log('warn', 'the posting lease is given up');
    await giveBack();
  }

  async function giveBack(): Promise<void> {
    await lifeboat
      .stopPosting(bot)
      .catch((error: unknown) => log('warn', 'the posting lease was not given back', errorData(error)));
  }

  async function keepAsking(): Promise<void> {
    let nextMs = elapsedMs();
    while (!stopping.signal.aborted) {
      if (!fit()) {
        await giveUp();
        nextMs = elapsedMs() + LOOK_MS;
      } else if (elapsedMs() >= nextMs) {
        nextMs = (await ask()) + elapsedMs();
      }
      await pause(Math.min(LOOK_MS, Math.max(0, nextMs - elapsedMs())), stopping.signal);
    }
  }

  const term = () => (held !== undefined && elapsedMs() < held.untilMs && fit() ? held.term : undefined);

  return {
    keep: (isFit = fit) => {
      fit = isFit;
      asksOn = keepAsking();
    },
    term,
    release: async () => {
      stopping.abort();
      // Without a lease there is nothing to give back, and Temporal may be away: whoever stops a bot does not wait.
      if (term() === undefined) return;
      await asksOn;
      held = undefined;
      await giveBack();
    },
  };
}
