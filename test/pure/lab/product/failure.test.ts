/** The product's errors: what is told of an error of somebody else, which may hold a password. */
import { describe, expect, it } from '@jest/globals';
import { factsOf, isFailure, lineOf, passing, refusal } from '../../../../lab/product/failure.ts';

describe('an error', () => {
  it('of ours tells what happened, where and how to mend it', () => {
    const error = refusal('ledger-broken', 'a line is no entry', 'ledger:3', 'Move it away.');
    const facts = { type: 'ledger-broken', message: 'a line is no entry', where: 'ledger:3', mend: 'Move it away.' };
    expect(factsOf(error, 'GET /stats')).toEqual({ ...facts, retryable: false });
    expect(lineOf(error)).toBe('ledger:3: a line is no entry. Move it away.');
    expect(passing('away', 'm', 'w', 'd').retryable).toBe(true);
  });

  it('of somebody else tells its class only', () => {
    const error = Object.assign(new Error('password secret is wrong'), { where: 'secret', code: 'secret' });
    expect(isFailure(error)).toBe(false);
    expect(JSON.stringify(factsOf(error, 'GET /stats'))).not.toContain('secret');
    expect(factsOf('secret', 'GET /stats')).toMatchObject({ message: 'unexpected string', where: 'GET /stats' });
  });
});
