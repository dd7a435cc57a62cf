/**
 * A small client of Jolokia, the control plane of a Cassandra node: reading attributes and calling operations of its
 * MBeans over HTTP (Jolokia protocol, POST; 2-14 ms a call where nodetool takes seconds, facts/cassandra.md).
 *
 * Must never happen: the password, or a Java stack trace that may quote one, leaves this file (I8).
 */
import { z } from 'zod';
import type { Secret } from '../../host/secrets.ts';
import { type LifeboatError, passing, refusal } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';

export const STORAGE_SERVICE = 'org.apache.cassandra.db:type=StorageService';
export const HINTS_SERVICE = 'org.apache.cassandra.hints:type=HintsService';

export interface JolokiaTarget {
  /** The node's name, for errors. */
  readonly node: string;
  readonly url: string;
  readonly username: string;
  readonly password: Secret;
  readonly timeoutMs: number;
  readonly fetch?: typeof fetch;
}

export interface Jolokia {
  /** Attributes of one MBean, as JSON. */
  read(
    mbean: string,
    attributes: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly [attribute: string]: unknown }>;
  /** @param operation with its Java signature where it is overloaded: `repairAsync(java.lang.String,java.util.Map)` */
  call(mbean: string, operation: string, args: readonly Json[], signal: AbortSignal): Promise<unknown>;
}

const Answer = z.object({ status: z.int(), value: z.unknown(), error_type: z.string().optional() });

const WORDS_BY_EXCEPTION: { readonly [name: string]: string } = {
  AttributeNotFoundException: 'it does not know what was asked for',
  IllegalArgumentException: 'it does not take what it was given',
  IllegalStateException: 'it is in no state for that now',
  InstanceNotFoundException: 'it does not know what was asked for',
  SecurityException: 'this user may not do that',
};

/** Throws LifeboatError `jolokia-unreachable`, `jolokia-refused` (both may pass), `jolokia-login`. */
export function createJolokia(target: JolokiaTarget): Jolokia {
  return {
    async read(mbean, attributes, signal) {
      const value = await ask(target, { type: 'read', mbean, attribute: attributes }, signal);
      const parsed = z.record(z.string(), z.unknown()).safeParse(value);
      if (parsed.success) return parsed.data;
      throw unclear(target);
    },
    call: (mbean, operation, args, signal) => ask(target, { type: 'exec', mbean, operation, arguments: args }, signal),
  };
}

async function ask(
  target: JolokiaTarget,
  body: { readonly [key: string]: Json },
  signal: AbortSignal,
): Promise<unknown> {
  const { fetch: send = fetch, node, url, username, password, timeoutMs } = target;
  let status: number;
  let text: string;
  try {
    const response = await send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    status = response.status;
    text = await response.text();
  } catch {
    signal.throwIfAborted();
    throw passing(
      'jolokia-unreachable',
      `The control plane of ${node} did not answer within ${timeoutMs} ms.`,
      node,
      'Start the node, or mend the way to it.',
    );
  }
  if (status === 401 || status === 403) {
    throw refusal(
      'jolokia-login',
      `The control plane of ${node} refused the login.`,
      node,
      'Give Jolokia and the estate file the same user and password.',
    );
  }
  const answer = parse(text);
  if (!answer) throw unclear(target);
  if (answer.status === 200) return answer.value;
  // What the class of the Java exception means is safe to tell; its message and stack are not.
  const kind = WORDS_BY_EXCEPTION[(answer.error_type ?? '').split('.').at(-1) ?? ''] ?? 'its log says why';
  throw passing(
    'jolokia-refused',
    `${node} refused ${String(body.operation ?? body.type)} (${answer.status}, ${kind}).`,
    node,
    'Read the log of the node.',
  );
}

function parse(text: string): z.infer<typeof Answer> | undefined {
  try {
    return Answer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unclear({ node }: JolokiaTarget): LifeboatError {
  return passing(
    'jolokia-refused',
    `${node} answered with something else than Jolokia does.`,
    node,
    'See that `control` in the estate file is the address of Jolokia.',
  );
}
