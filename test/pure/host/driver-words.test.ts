/** Failure mode pinned: a class of the driver, or its own text, in a message that people read. */
import { describe, expect, it } from '@jest/globals';
import cassandra from 'cassandra-driver';
import { driverWords, socketWords } from '../../../host/driver-words.ts';

const { errors, types } = cassandra;
const secret = 'for user lifeboat with password hunter2';
const socket = Object.assign(new Error(`connect ECONNREFUSED ${secret}`), { code: 'ECONNREFUSED' });
const noHost = (inner: { readonly [host: string]: Error }) => new errors.NoHostAvailableError(inner, secret);

describe('what a failure of the driver means', () => {
  it.each([
    [noHost({}), 'it cannot be reached'],
    [noHost({ '127.0.0.1:9042': socket }), 'nothing listens there (ECONNREFUSED)'],
    [noHost({ a: new errors.OperationTimedOutError(secret) }), 'it did not answer in time'],
    [new errors.AuthenticationError(secret), 'it refused the login'],
    [new errors.ResponseError(types.responseErrorCodes.unavailableException, secret), 'too few of the replicas'],
    [
      new errors.ResponseError(types.responseErrorCodes.writeTimeout, secret),
      'too few replicas took the write in time',
    ],
    [new errors.DriverInternalError(secret), 'it failed for a reason that was not told'],
    ['thrown text', 'it failed for a reason that was not told'],
  ])('%#: %s', (error, words) => {
    const said = driverWords(error);
    expect(said).toContain(words);
    expect(said).not.toMatch(/Error|hunter2/);
  });

  it('has words for every answer that Cassandra may give', () => {
    const unknown = Object.entries(types.responseErrorCodes).filter(
      ([, code]) => typeof code === 'number' && /0x/.test(driverWords({ name: 'ResponseError', code })),
    );
    const rare = [
      'alreadyExists',
      'clientWriteFailure',
      'functionFailure',
      'protocolError',
      'truncateError',
      'unprepared',
    ];
    expect(unknown.map(([name]) => name).filter((name) => !rare.includes(name))).toEqual([]);
  });

  it('repeats no code that is none', () => {
    expect(socketWords(secret)).toBe('it failed for a reason that was not told');
    expect(socketWords('EWHATEVER')).toBe('the connection failed (EWHATEVER)');
  });
});
