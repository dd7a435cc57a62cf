/**
 * Whether Slack can be reached from here, by what came of the bot's own calls: a bot that cannot must not keep the turn
 * to post, because another one, elsewhere, perhaps can.
 *
 * Must never happen: a bot that believes itself cut off for ever. Without the turn it makes no calls, so it asks Slack
 * by itself, until Slack answers.
 */
import { backoffMs } from '../../kernel/backoff.ts';
import { errorData, type Log } from '../log.ts';
import type { SlackApi } from '../slack-api.ts';

/** Shorter is a hiccup of Slack's own; a gate that nobody hears of for longer is worth a change of bots. */
export const AWAY_AFTER_MS = 5_000;
const ASK = { firstMs: 1_000, mostMs: 10_000 };

export interface Reach {
  succeeded(): void;
  /** A call that began at `sinceMs` was not answered, or not let in. */
  failed(sinceMs: number): void;
  answers(): boolean;
  /** For AWAY_AFTER_MS nothing has got through. */
  isAway(): boolean;
  /** Asks Slack when it is away and a question is due. Never throws. */
  look(): Promise<void>;
}

export interface ReachOptions {
  readonly slack: Pick<SlackApi, 'test'>;
  readonly now: () => number;
  readonly log: Log;
}

export function createReach({ slack, now, log }: ReachOptions): Reach {
  let failingSinceMs: number | undefined;
  let failures = 0;
  let nextAskMs = 0;
  let away = false;

  function succeeded(): void {
    if (away) log('info', 'Slack can be reached from here again');
    away = false;
    failingSinceMs = undefined;
    failures = 0;
  }

  function failed(sinceMs: number): void {
    failingSinceMs ??= sinceMs;
    failures += 1;
    nextAskMs = now() + backoffMs(failures, ASK);
    if (away || now() - failingSinceMs < AWAY_AFTER_MS) return;
    away = true;
    log('warn', 'Slack cannot be reached from here; another bot may post');
  }

  return {
    succeeded,
    failed,
    answers: () => failingSinceMs === undefined,
    isAway: () => away,
    look: async () => {
      if (!away || now() < nextAskMs) return;
      const askedMs = now();
      try {
        await slack.test();
        succeeded();
      } catch (error) {
        log('info', 'Slack was asked and does not answer', errorData(error));
        failed(askedMs);
      }
    },
  };
}
