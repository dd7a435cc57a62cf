/**
 * Owns the few HTTP helpers that the service and the load client share: JSON answers, bounded bodies, tokens.
 *
 * What must never happen: an unbounded body is read, or a token's comparison tells by its time how much was right.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export type Body = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly status: 400 | 413 };

/** Reads a body of at most `limitBytes`; throws only when the connection breaks. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  }
  if (sizeBytes > limitBytes) return { ok: false, status: 413 };
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('utf8');
  // Text that is not UTF-8 would be stored differently from what was sent.
  return Buffer.from(text, 'utf8').equals(bytes) ? { ok: true, text } : { ok: false, status: 400 };
}

/** The JSON in `text`, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the request carries `Authorization: Bearer TOKEN`. Hashes first, so that lengths do not show either. */
export function bearerMatches(request: IncomingMessage, token: string): boolean {
  const header = request.headers.authorization ?? '';
  const given = /^Bearer (.+)$/i.exec(header)?.[1];
  if (given === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The same handlers on a Unix socket as well; a socket file left by an unclean end is replaced. */
export async function listenInside(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  const inside = createServer((request, response) => server.emit('request', request, response));
  // Goes with the process: who is inside the region has no claim on a clean end.
  inside.unref();
  await new Promise<void>((resolve, reject) => {
    inside.once('error', reject);
    inside.listen(path, resolve);
  });
}

/** Listens, or throws the bind's error. */
export function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
