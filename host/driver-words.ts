/**
 * What a failure of the Cassandra driver means, in words: for who must act on it, not for who reads stack traces. Pure; by
 * name and code alone, because the driver's own text may hold a secret (I8).
 *
 * Must never happen: the name of a class in a message. Two failures that are mended differently read differently.
 */

/** By the driver's own class. */
const BY_NAME: { readonly [name: string]: string } = {
  AuthenticationError: 'it refused the login',
  BusyConnectionError: 'too many requests to it are under way',
  NoHostAvailableError: 'it cannot be reached',
  OperationTimedOutError: 'it did not answer in time',
};

/** By the error code of Cassandra's native protocol (version 5, section 8 of its specification). */
const BY_RESPONSE: ReadonlyMap<number, string> = new Map([
  [0x0000, 'it failed by itself; its log says why'],
  [0x0100, 'it refused the login'],
  [0x1000, 'too few of the replicas that it needs are up'],
  [0x1001, 'it is overloaded'],
  [0x1002, 'it is still starting'],
  [0x1100, 'too few replicas took the write in time'],
  [0x1200, 'too few replicas answered in time'],
  [0x1300, 'a replica failed while it read'],
  [0x1500, 'a replica failed while it wrote'],
  [0x2000, 'it does not understand the statement'],
  [0x2100, 'this user may not do that'],
  [0x2200, 'the keyspace or the table is not as expected'],
  [0x2300, 'the keyspace or the table is not as expected'],
]);

/** By the code of the operating system. */
const BY_SOCKET: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it did not answer in time',
  ENOTFOUND: 'its name is not known',
  EACCES: 'this process may not use it',
  ENOENT: 'it is not there',
};

/** A clause about the one that was asked: `it did not answer in time (ETIMEDOUT)`. Codes stay, because they are looked up. */
export function driverWords(error: unknown): string {
  if (typeof error !== 'object' || error === null) return UNKNOWN;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return BY_RESPONSE.get(code) ?? `it answered with the error 0x${code.toString(16)}`;
  // The reason of each host that was tried says more than that all failed.
  const [inner] = 'innerErrors' in error ? Object.values(error.innerErrors ?? {}) : [];
  if (inner !== undefined) return driverWords(inner);
  if (typeof code === 'string') return socketWords(code);
  return ('name' in error && BY_NAME[String(error.name)]) || UNKNOWN;
}

/** The same of a code such as ECONNREFUSED; one that is not a plain code is not repeated (I8). */
export function socketWords(code: unknown): string {
  if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]{1,30}$/.test(code)) return UNKNOWN;
  return `${BY_SOCKET[code] ?? 'the connection failed'} (${code})`;
}

const UNKNOWN = 'it failed for a reason that was not told';
