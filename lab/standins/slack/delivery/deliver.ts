/**
 * Takes envelopes to the app, by socket or by HTTP, repeats what was not acknowledged, and remembers all of them.
 *
 * Real Slack repeats events, and was seen to deliver commands twice (bolt-js #2487); the stand-in repeats every kind of
 * envelope once after a time-out, so that a bot that acts twice on one click is found here.
 */

import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import { isDown, type World } from '../world.ts';
import type { Ack, Attempt, Envelope, Retry } from './envelope.ts';
import { post, signed } from './http.ts';
import type { Sockets } from './sockets.ts';

const KEEP_ENVELOPES = 500;

export type Mode = { readonly mode: 'socket' } | { readonly mode: 'http'; readonly url: string };

/** What is sent: an id and a flag of one's own make tampering possible. */
export interface Outgoing {
  readonly type: string;
  readonly payload: JsonObject;
  readonly id?: string;
  readonly acceptsResponsePayload?: boolean;
}

export interface Delivery {
  readonly envelope: Envelope;
  readonly ack: Ack;
}

export interface Courier {
  mode(): Mode;
  setMode(mode: Mode): void;
  /** Sends once and, after a time-out, once more in the background; resolves with the first attempt's answer. */
  send(outgoing: Outgoing): Promise<Delivery>;
  /** Sends an earlier envelope again, byte for byte; in HTTP mode with its old timestamp and signature. */
  replay(id: string): Promise<Delivery | undefined>;
  /** The latest envelopes, oldest first. */
  envelopes(): readonly Envelope[];
}

/** The error that Slack's window names to the person. */
export function errorOf(ack: Ack): string | undefined {
  if (ack.kind === 'acked') return undefined;
  if (ack.kind === 'timeout') return 'operation_timeout';
  return ack.kind === 'nobody' ? 'dispatch_failed' : `http_error_${ack.status}`;
}

export function createCourier(world: World, sockets: Sockets): Courier {
  const envelopes: Envelope[] = [];
  let mode: Mode = { mode: 'socket' };

  async function attempt(envelope: Envelope, retry?: Retry): Promise<Ack> {
    const startedAt = performance.now();
    const via: Attempt['via'] = mode.mode;
    let ack: Ack = { kind: 'nobody' };
    if (isDown(world)) ack = { kind: 'nobody' };
    else if (mode.mode === 'socket') ack = await sockets.deliver(envelope, retry);
    else {
      envelope.signed ??= signed(world, envelope);
      ack = await post(world, mode.url, retry ? signed(world, envelope) : envelope.signed, retry);
    }
    const tookMs = Math.round(performance.now() - startedAt);
    envelope.attempts.push({ via, at: world.now(), retry: retry?.attempt ?? 0, ack, tookMs });
    world.changes.bump();
    return ack;
  }

  function keep(envelope: Envelope): void {
    envelopes.push(envelope);
    if (envelopes.length > KEEP_ENVELOPES) envelopes.shift();
  }

  return {
    mode: () => mode,
    setMode: (next) => {
      mode = next;
      world.changes.bump();
    },
    send: async ({ type, payload, id, acceptsResponsePayload }) => {
      const envelope: Envelope = {
        id: id ?? randomUUID(),
        type,
        payload,
        acceptsResponsePayload: acceptsResponsePayload ?? type !== 'events_api',
        at: world.now(),
        attempts: [],
      };
      keep(envelope);
      const ack = await attempt(envelope);
      if (ack.kind === 'timeout') {
        const reason = mode.mode === 'http' ? 'http_timeout' : 'timeout';
        void attempt(envelope, { attempt: 1, reason });
      }
      return { envelope, ack };
    },
    replay: async (id) => {
      const envelope = envelopes.find((each) => each.id === id);
      return envelope && { envelope, ack: await attempt(envelope) };
    },
    envelopes: () => envelopes,
  };
}
