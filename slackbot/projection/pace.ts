/**
 * How fast the bot may speak: a bucket for each family of methods, emptied by calls, closed by Slack's Retry-After.
 *
 * Figures: docs.slack.dev, "Rate limits": posting 1 a second and channel; chat.update and conversations.replies are tier
 * 3, 50 a minute each, of which some are left free for two replicas that hand over.
 */
export interface Pace {
  /** Whether a call may be made now; a call that may is counted. */
  take(): boolean;
  /** Slack asked to wait, or does not answer. */
  closeFor(ms: number): void;
}

/** @param everyMs one call becomes free in this time @param burst calls that may be saved up @param now clock in ms */
export function createPace({ everyMs, burst, now }: { everyMs: number; burst: number; now: () => number }): Pace {
  let tokens = burst;
  let atMs = now();
  let closedUntilMs = 0;
  return {
    take: () => {
      const nowMs = now();
      tokens = Math.min(burst, tokens + Math.max(0, nowMs - atMs) / everyMs);
      atMs = nowMs;
      if (nowMs < closedUntilMs || tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    closeFor: (ms) => {
      closedUntilMs = Math.max(closedUntilMs, now() + ms);
    },
  };
}

export const POST_EVERY_MS = 1_000;
/** Of edits, and of threads that are read. */
export const TIER_3_EVERY_MS = 1_300;
export const TIER_3_BURST = 5;
/** One edit of a message at most this often, so that a run's many small changes are one edit. */
export const COALESCE_MS = 2_000;
