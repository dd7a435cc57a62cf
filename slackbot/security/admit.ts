/**
 * The door: what is checked, in which order, before Bolt or any handler sees a request. Bolt 5.1 alone took an exact
 * replay, a time stamp an hour ahead and a foreign team.
 *
 * Must never happen: something acted on that was not admitted here, or admitted twice.
 */
import { type Allowed, checkOrigin, isFields, type Sender } from './origin.ts';
import type { Receipts } from './replay.ts';
import { checkSignature } from './signature.ts';

export type Admission =
  | { readonly kind: 'admitted'; readonly payload: Record<string, unknown>; readonly sender: Sender }
  /** Received before: acknowledged, so that Slack is content, and not acted on. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly rule: string; readonly status: 400 | 401 | 403 | 503 };

export interface Door {
  http(request: HttpRequest): Admission;
  socket(envelope: { readonly id: string | undefined; readonly payload: unknown }): Admission;
}

export interface HttpRequest {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

export interface DoorOptions {
  readonly signingSecret: string;
  readonly allowed: Allowed;
  readonly receipts: Receipts;
  /** Clock in ms. */
  readonly now: () => number;
  /**
   * When this process began, in ms: what was signed before was meant for its predecessor, whose memory of what it had
   * received is gone.
   */
  readonly startedAtMs: number;
}

const refused = (rule: string, status: 400 | 401 | 403 | 503): Admission => ({ kind: 'refused', rule, status });

export function createDoor({ signingSecret, allowed, receipts, now, startedAtMs }: DoorOptions): Door {
  function admit(payload: unknown): Admission {
    const origin = checkOrigin(payload, allowed);
    if (!origin.ok || !isFields(payload)) return refused(origin.ok ? 'malformed' : origin.rule, 403);
    const { sender } = origin;
    // A redelivery has a new signature or envelope, but the same trigger.
    const receipt = sender.trigger === undefined ? 'new' : receipts.mark(`trigger ${sender.trigger}`);
    if (receipt === 'full') return refused('busy', 503);
    if (receipt === 'seen') return { kind: 'repeated' };
    return { kind: 'admitted', payload: { ...payload }, sender };
  }

  return {
    http: (request) => {
      const signature = checkSignature({ signingSecret, nowMs: now(), ...request });
      if (!signature.ok) return refused(signature.rule, 401);
      if (Number(request.timestamp) < Math.floor(startedAtMs / 1000)) return refused('before-start', 401);
      const receipt = receipts.mark(`signature ${request.signature}`);
      if (receipt === 'full') return refused('busy', 503);
      if (receipt === 'seen') return refused('replay', 401);
      const payload = parseBody(request);
      return payload === undefined ? refused('malformed', 400) : admit(payload);
    },
    socket: ({ id, payload }) => {
      if (id === undefined || id === '') return refused('malformed', 400);
      const receipt = receipts.mark(`envelope ${id}`);
      if (receipt === 'full') return refused('busy', 503);
      return receipt === 'seen' ? { kind: 'repeated' } : admit(payload);
    },
  };
}

/** A slash command is a form; an interaction is a form with JSON in its one field `payload`. */
function parseBody({ body, contentType }: HttpRequest): unknown {
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return undefined;
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  const names = [...form.keys()];
  // A field given twice would be read differently by different readers.
  if (new Set(names).size !== names.length) return undefined;
  const json = form.get('payload');
  if (json === null) return Object.fromEntries(form);
  if (names.length !== 1) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
