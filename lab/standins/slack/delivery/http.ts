/**
 * HTTP mode: the same payloads as a signed POST to the app's request URL.
 *
 * Signature: docs.slack.dev, "Verifying requests": `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<body>`.
 */

import { createHmac } from 'node:crypto';
import { isObject, type JsonObject, objectOf, parseJson } from '../json.ts';
import type { World } from '../world.ts';
import type { Ack, Envelope, Retry, SignedRequest } from './envelope.ts';

function bodyOf(envelope: Envelope): { type: string; body: string } {
  if (envelope.type === 'events_api') return { type: 'application/json', body: JSON.stringify(envelope.payload) };
  const form =
    envelope.type === 'slash_commands'
      ? Object.entries(envelope.payload).map(([name, value]): [string, string] => [name, String(value)])
      : [['payload', JSON.stringify(envelope.payload)] as [string, string]];
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(form).toString() };
}

/** Signs `body` as Slack would at `timestampSeconds`. */
export function signatureOf(signingSecret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`;
}

/** The envelope as the signed request that Slack would make now. */
export function signed(world: World, envelope: Envelope): SignedRequest {
  const { type, body } = bodyOf(envelope);
  const timestampSeconds = Math.floor(world.now() / 1000);
  return {
    body,
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': String(timestampSeconds),
      'x-slack-signature': signatureOf(world.tokens.signingSecret, timestampSeconds, body),
    },
  };
}

function payloadOf(text: string): JsonObject {
  const body = parseJson(text);
  // A slash command may be answered with plain text.
  return isObject(body) ? body : text === '' ? {} : { text };
}

/** Posts a signed request and waits at most 3 s for the answer. */
export async function post(world: World, url: string, request: SignedRequest, retry?: Retry): Promise<Ack> {
  const retryHeaders: Record<string, string> = retry
    ? { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }
    : {};
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...request.headers, ...retryHeaders },
      body: request.body,
      redirect: 'error',
      signal: AbortSignal.timeout(world.ackMs),
    });
    const text = await response.text();
    return response.ok ? { kind: 'acked', payload: payloadOf(text) } : { kind: 'refused', status: response.status };
  } catch (error) {
    return { kind: objectOf(error).name === 'TimeoutError' ? 'timeout' : 'nobody' };
  }
}
