/**
 * What an open modal stands for, sealed into the modal itself: Slack may hand a submission to another bot than the one
 * that opened it, or to the same one after a restart, and any bot with the same key can read it. What a person was shown
 * is signed as it was shown, not as it is by then; whether it still stands the run decides.
 *
 * Must never happen: a seal that anybody but a bot can make, change or read; one used by another person than the one it
 * was made for, or after its time.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Shown } from '../../client/api.ts';
import { refusal } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Verdict } from '../blocks/review.ts';

export type Intent =
  | {
      readonly kind: 'review';
      readonly shown: Shown;
      readonly verdicts: readonly Verdict[];
      /** What the modal's button says. */
      readonly button: Verdict;
    }
  | { readonly kind: 'abort' }
  /** Starts a run; it waits for approval as any other. */
  | { readonly kind: 'next'; readonly runbook: string; readonly input: JsonObject }
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
  /** The modal's metadata. @throws LifeboatError `modal-too-large` */
  seal(pending: Pending): string;
  /** Only for the person for whom it was made, for an hour; undefined for all else. */
  open(sealed: string, slack: string): Pending | undefined;
}

const KEEP_MS = 3_600_000;
/** Slack's limit of `private_metadata` (docs.slack.dev, "Views"). */
const METADATA_CHARACTERS = 3_000;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param secret never leaves the bots; those that have the same one open each other's seals */
export function createReviews(secret: string, now: () => number): Reviews {
  const key = createHmac('sha256', secret).update('lifeboat modals').digest();
  return {
    seal: (pending) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      const text = JSON.stringify({ pending, until: now() + KEEP_MS });
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
      if (sealed.length <= METADATA_CHARACTERS) return sealed;
      const mend = 'Use the `lifeboat` command in the terminal.';
      throw refusal('modal-too-large', 'This does not fit into a window of Slack.', pending.run, mend);
    },
    open: (sealed, slack) => {
      const text = unsealed(key, Buffer.from(sealed, 'base64url'));
      if (text === undefined) return undefined;
      // Only a bot of ours can have written it.
      const { pending, until } = JSON.parse(text) as { pending: Pending; until: number };
      return until > now() && pending.slack === slack ? pending : undefined;
    },
  };
}

function unsealed(key: Buffer, bytes: Buffer): string | undefined {
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
