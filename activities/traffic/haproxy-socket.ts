/**
 * A small client of HAProxy's runtime API: one command per connection, one answer, a limit on time and size.
 *
 * HAProxy answers a bad name by a sentence ("No such server.") and no code, so silence is the only success of a change
 * (facts/platform.md). Must never happen: a refusal that is taken for success, or a command that smuggles a second one.
 */
import { createConnection } from 'node:net';
import { socketWords } from '../../host/driver-words.ts';
import { codeOf } from '../../host/error-code.ts';
import { type LifeboatError, passing, refusal } from '../../kernel/errors.ts';

export interface HaproxySocket {
  /** The answer to a command that prints something. */
  ask(command: string, signal?: AbortSignal): Promise<string>;
  /** A command that prints nothing when it took effect. @throws LifeboatError as {@link refusalIn} says. */
  tell(command: string, signal?: AbortSignal): Promise<void>;
}

export interface HaproxySocketOptions {
  readonly path: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 1_000;
/** A state of ten thousand servers is about 2 MiB. */
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024;

export function createHaproxySocket({ path, timeoutMs = TIMEOUT_MS }: HaproxySocketOptions): HaproxySocket {
  const ask = (command: string, signal?: AbortSignal): Promise<string> =>
    exchange(path, timeoutMs, checked(command), signal);
  return {
    ask,
    async tell(command, signal) {
      const refused = refusalIn(await ask(command, signal), command);
      if (refused) throw refused;
    },
  };
}

/** `;` begins another command and a newline ends one; names of the estate hold neither. */
function checked(command: string): string {
  if (/^[ -:<-~]+$/.test(command)) return command;
  throw refusal(
    'haproxy-bad-command',
    'A command for HAProxy holds a character that must not be in it.',
    'haproxy',
    'Correct the names in the estate file.',
  );
}

function exchange(path: string, timeoutMs: number, command: string, signal: AbortSignal | undefined): Promise<string> {
  const limit = AbortSignal.timeout(timeoutMs);
  const abort = signal ? AbortSignal.any([signal, limit]) : limit;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const socket = createConnection({ path });
    const fail = (error: unknown): void => {
      abort.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      fail(signal?.aborted ? signal.reason : unreachable(path, `no answer within ${timeoutMs} ms`));
    };
    if (abort.aborted) return onAbort();
    abort.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => socket.write(`${command}\n`));
    socket.on('error', (error) => fail(unreachable(path, socketWords(codeOf(error)))));
    socket.on('data', (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > ANSWER_LIMIT_BYTES) fail(unreachable(path, 'its answer has no end'));
      else chunks.push(chunk);
    });
    socket.on('end', () => {
      abort.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function unreachable(path: string, why: string): LifeboatError {
  return passing(
    'haproxy-unreachable',
    `The runtime socket of HAProxy cannot be used: ${why}.`,
    path,
    'Start HAProxy, and see that its `stats socket` is this one.',
  );
}

/**
 * The refusal in an answer to a change, or undefined when it took effect. Pure. The sentences are HAProxy 2.6's own
 * (`src/server.c`, `src/proxy.c`, `src/cli.c`).
 */
export function refusalIn(answer: string, command: string): LifeboatError | undefined {
  const text = answer.trim();
  if (text === '') return undefined;
  // The first line says it; after an unknown command HAProxy prints its whole help.
  const said = (text.split('\n')[0] ?? '').replaceAll(/[^ -~]/g, ' ').slice(0, 200);
  if (/no such (server|backend|proxy)|can't find (server|backend)|unknown (server|backend|proxy)/i.test(said)) {
    return refusal(
      'haproxy-unknown-name',
      `HAProxy does not know a name: ${said}`,
      command,
      'Give the backend and its servers the names that the estate file says.',
    );
  }
  if (/permission denied/i.test(said)) {
    return refusal(
      'haproxy-denied',
      'The runtime socket does not allow changes.',
      command,
      'Give it `level admin` in haproxy.cfg.',
    );
  }
  return refusal(
    'haproxy-refused',
    `HAProxy refused: ${said}`,
    command,
    'Read its manual, "Unix Socket commands", on this command.',
  );
}
