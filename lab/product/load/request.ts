/**
 * Owns one HTTP request to the service, directly or through the load balancer: with a hard limit, never retried.
 *
 * What must never happen: a failure is hidden by a second try, or a broken answer counts as an answer.
 */
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { REGION_HEADER } from '../service/server.ts';

export const REQUEST_TIMEOUT_MS = 2_000;

export type Answer =
  | { readonly is: 'answer'; readonly status: number; readonly body: Buffer; readonly region: string }
  | { readonly is: 'failure'; readonly kind: string };

/** Idle connections are dropped early, so that the load balancer's own limit does not cut one under a request. */
export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, timeout: REQUEST_TIMEOUT_MS });
}

/**
 * Reaches a service by its Unix socket, as a client inside its region would: a region that is cut off from the network
 * still serves its own people, and what it acknowledges to them is stranded.
 */
export function insideAgent(socketPath: string): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connect(socketPath);
  return agent;
}

/** GET, or PUT when there is a body. Never rejects. `region` is '' when the answer does not say. */
export function send(agent: Agent, url: string, body?: string): Promise<Answer> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const fail = (error: Error) => resolve({ is: 'failure', kind: limit.aborted ? 'timeout' : codeOf(error) });
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = httpRequest(url, { agent, method: body === undefined ? 'GET' : 'PUT', headers, signal: limit });
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const region = response.headers[REGION_HEADER];
        resolve({
          is: 'answer',
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          region: typeof region === 'string' ? region : '',
        });
      });
    });
    request.end(body);
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The status, with the service's own word for the error if there is one: `503:overloaded`. */
export function statusKind(status: number, body: Buffer): string {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    const word = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined;
    return typeof word === 'string' ? `${status}:${word}` : `${status}`;
  } catch {
    return `${status}`;
  }
}
