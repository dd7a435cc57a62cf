/**
 * Slack's request signature (docs.slack.dev, "Verifying requests"): `v0=` and the HMAC-SHA256 of `v0:<time>:<body>`.
 *
 * Must never happen: a forged, altered or wrongly dated request that passes. Bolt 5.1 took a time stamp an hour ahead,
 * so both directions are checked here. Pure; the clock is an argument.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Slack's own figure, either way. */
export const MAX_CLOCK_DIFFERENCE_SECONDS = 300;

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly rule: string };

export interface SignedParts {
  readonly signingSecret: string;
  /** The raw bytes as they came, before any parsing. */
  readonly body: Uint8Array;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Whether the body was signed with our secret at about this time. */
export function checkSignature({ signingSecret, body, timestamp, signature, nowMs }: SignedParts): Verdict {
  // An empty secret would make every signature computable.
  if (signingSecret === '') return { ok: false, rule: 'no-secret' };
  if (timestamp === undefined || !/^[0-9]{1,12}$/.test(timestamp)) return { ok: false, rule: 'no-timestamp' };
  if (signature === undefined || !/^v0=[0-9a-f]{64}$/.test(signature)) return { ok: false, rule: 'no-signature' };
  const differenceSeconds = Math.abs(nowMs / 1000 - Number(timestamp));
  if (differenceSeconds > MAX_CLOCK_DIFFERENCE_SECONDS) return { ok: false, rule: 'clock' };
  const expected = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body).digest();
  const given = Buffer.from(signature.slice('v0='.length), 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? { ok: true }
    : { ok: false, rule: 'signature' };
}
