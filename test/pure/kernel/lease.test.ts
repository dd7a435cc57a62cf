/** The lease as a reducer: who gets which scope at which epoch, and what a take-over leaves behind (I3). */
import { describe, expect, it } from '@jest/globals';
import {
  acquire,
  EMPTY_LEASE,
  freeze,
  type LeaseState,
  refuseRepeated,
  refuseTakeOver,
  release,
  remember,
  scopesHeldBy,
  takeOver,
} from '../../../kernel/authority/lease.ts';

const NOW = 1_000_000;
const FIRST = { run: 'failover/lab/a', requester: 'ada' };
const SECOND = { run: 'failover/lab/b', requester: 'ben' };

function granted(state: LeaseState, run: typeof FIRST, scopes: readonly string[], now = NOW): LeaseState {
  const { state: next, answer } = acquire(state, { ...run, scopes }, now);
  expect(answer.granted).toBe(true);
  return next;
}

describe('acquiring', () => {
  it('grants all or nothing, and names the holder', () => {
    const state = granted(EMPTY_LEASE, FIRST, ['x']);
    const { state: after, answer } = acquire(state, { ...SECOND, scopes: ['y', 'x'] }, NOW);
    expect(answer).toMatchObject({ granted: false, scope: 'x', holder: { run: FIRST.run, requester: 'ada' } });
    expect(after).toBe(state);
  });

  it('gives an epoch above every one before, and above the clock of a Temporal that lost everything', () => {
    const first = granted(EMPTY_LEASE, FIRST, ['x']);
    const second = granted(release(first, FIRST.run), SECOND, ['x'], NOW - 500);
    expect([first.holders['x']?.epoch, second.holders['x']?.epoch]).toEqual([NOW, NOW + 1]);
  });

  it('answers a repeated request with the same epochs', () => {
    const state = granted(EMPTY_LEASE, FIRST, ['x']);
    const { state: again, answer } = acquire(state, { ...FIRST, scopes: ['x'] }, NOW + 9);
    expect(answer).toEqual({ granted: true, epochs: { x: NOW } });
    expect(again).toEqual(state);
  });

  it('is refused while runs are frozen, and not while only expiry is', () => {
    const what = { by: 'ada', at: NOW, reason: 'release day' };
    const frozen = freeze(freeze(EMPTY_LEASE, { what: 'runs', ...what }, true), { what: 'expiry', ...what }, true);
    expect(acquire(frozen, { ...FIRST, scopes: ['x'] }, NOW).answer).toEqual({
      granted: false,
      frozen: { by: 'ada', reason: 'release day' },
    });
    granted(freeze(frozen, { what: 'runs', ...what }, false), FIRST, ['x']);
  });
});

describe('a take-over', () => {
  it('frees all scopes of the run, which gets none again', () => {
    const held = granted(granted(EMPTY_LEASE, FIRST, ['x', 'y']), SECOND, ['z']);
    const { state, taken } = takeOver(held, { run: FIRST.run, by: 'cho', reason: 'gone' }, NOW + 1);
    expect(taken).toEqual({ run: FIRST.run, by: 'cho', reason: 'gone', at: NOW + 1, scopes: ['x', 'y'] });
    expect([scopesHeldBy(state, FIRST.run), scopesHeldBy(state, SECOND.run)]).toEqual([[], ['z']]);
    expect(acquire(state, { ...FIRST, scopes: ['x'] }, NOW + 2).answer).toEqual({ granted: false, taken });
    const next = granted(state, SECOND, ['x'], NOW);
    expect(next.holders['x']?.epoch).toBeGreaterThan(held.holders['x']?.epoch ?? Number.POSITIVE_INFINITY);
  });

  it('is refused for a run that holds nothing', () => {
    expect(refuseTakeOver(EMPTY_LEASE, FIRST.run)?.rule).toBe('not-held');
    expect(refuseTakeOver(granted(EMPTY_LEASE, FIRST, ['x']), FIRST.run)).toBeUndefined();
  });
});

it('refuses a decision that was carried out, and forgets the oldest of five hundred', () => {
  expect(refuseRepeated(remember(EMPTY_LEASE, 'd-1'), 'd-1')?.rule).toBe('duplicate');
  expect(refuseRepeated(remember(EMPTY_LEASE, 'd-1'), 'd-2')).toBeUndefined();
  const many = Array.from({ length: 501 }, (_, n) => `d-${n}`).reduce(remember, EMPTY_LEASE);
  expect([refuseRepeated(many, 'd-0'), many.decided.length]).toEqual([undefined, 500]);
});
