/**
 * What each open modal stands for, kept here by an opaque id: Slack holds the id and nothing else. What a person was
 * shown is signed as it was shown, not as it is by then.
 *
 * Must never happen: an id used by another person than the one it was made for. Lost on a restart: the person is asked
 * to review again.
 */
import { randomBytes } from 'node:crypto';
import type { Shown } from '../../client/api.ts';

export type Intent =
  | { readonly kind: 'review'; readonly shown: Shown; readonly verdicts: readonly ('approve' | 'reject')[] }
  | { readonly kind: 'abort' }
  | { readonly kind: 'resolve'; readonly choice: 'skip' | 'abort'; readonly shown: Shown }
  | { readonly kind: 'break-glass'; readonly rule: string; readonly shown: Shown };

export interface Pending {
  /** The Slack user for whom the modal was filled. */
  readonly slack: string;
  readonly run: string;
  readonly intent: Intent;
  /** Must be typed before it counts; null when no name is asked for. */
  readonly typeName: string | null;
}

export interface Reviews {
  put(pending: Pending): string;
  /** Only for the person for whom it was made. */
  get(id: string, slack: string): Pending | undefined;
}

const MAX_PENDING = 500;
const KEEP_MS = 3_600_000;

export function createReviews(now: () => number): Reviews {
  const all = new Map<string, { pending: Pending; until: number }>();
  return {
    put: (pending) => {
      const id = randomBytes(18).toString('base64url');
      all.set(id, { pending, until: now() + KEEP_MS });
      const oldest = all.keys().next().value;
      if (all.size > MAX_PENDING && oldest !== undefined) all.delete(oldest);
      return id;
    },
    get: (id, slack) => {
      const found = all.get(id);
      return found !== undefined && found.until > now() && found.pending.slack === slack ? found.pending : undefined;
    },
  };
}
