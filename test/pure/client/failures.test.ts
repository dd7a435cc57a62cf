/** Failure mode pinned: a worker that does not answer in time is told as an unknown failure, because the server noticed first. */
import { describe, expect, it } from '@jest/globals';
import { failureOf, isTimeout } from '../../../client/temporal/failures.ts';

const grpc = (code: number) => Object.assign(new Error('x'), { code, details: '', metadata: {} });
const doing = { where: 'failover/lab/a', what: 'The plan of the run' };

describe('a call that nobody answered', () => {
  it.each([
    ['our own deadline', 4],
    ['the server, which saw our deadline first', 1],
  ])('is one that timed out, whoever ended it: %s', (_, code) => {
    expect(isTimeout(grpc(code))).toBe(true);
    expect(failureOf(grpc(code), doing)).toMatchObject({ type: 'no-worker' });
  });

  it('is told apart from one that failed', () => {
    expect(isTimeout(grpc(13))).toBe(false);
    expect(failureOf(grpc(13), doing)).toMatchObject({ type: 'temporal-failed' });
  });
});
