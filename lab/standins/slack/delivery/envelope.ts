/** What goes from Slack to the app, and what came of it. */

import type { JsonObject } from '../json.ts';

export interface Envelope {
  readonly id: string;
  /** `slash_commands`, `interactive` or `events_api`. */
  readonly type: string;
  readonly payload: JsonObject;
  readonly acceptsResponsePayload: boolean;
  readonly at: number;
  readonly attempts: Attempt[];
  /** The signed request as it first went out in HTTP mode, so that a replay is exact. */
  signed?: SignedRequest;
}

export interface SignedRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How the app answered one attempt. */
export type Ack =
  | { readonly kind: 'acked'; readonly payload: JsonObject }
  /** No answer within 3 s. */
  | { readonly kind: 'timeout' }
  /** No socket is open, or the connection was refused or broke. */
  | { readonly kind: 'nobody' }
  /** HTTP mode: an answer other than 2xx. */
  | { readonly kind: 'refused'; readonly status: number };

export interface Attempt {
  readonly via: 'socket' | 'http';
  readonly at: number;
  readonly retry: number;
  readonly ack: Ack;
  readonly tookMs: number;
}

/** Number and reason of a repeated delivery, as Slack tells the app. */
export interface Retry {
  readonly attempt: number;
  readonly reason: string;
}
