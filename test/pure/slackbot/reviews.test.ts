// Failure modes pinned here: a submission that Slack hands to another bot than the one that opened the modal is lost; a
// modal's metadata that somebody changed, or that another person sends, or that is a day old, decides something.
import { describe, expect, it } from '@jest/globals';
import { createReviews, type Pending } from '../../../slackbot/interactions/reviews.ts';

const HASH = 'a1'.repeat(32);
const PENDING: Pending = {
  slack: 'U01BEN',
  run: `failover/lab/${'r'.repeat(100)}`,
  intent: {
    kind: 'review',
    verdicts: ['approve', 'reject'],
    button: 'approve',
    shown: { gate: 'approve', attempt: 3, planHash: HASH, evidenceHash: HASH },
  },
  typeName: 'us-central1',
};

describe('what a modal carries', () => {
  it('is read by every bot with the same secret, as it was shown', () => {
    const sealed = createReviews('secret', () => 0).seal(PENDING);
    expect(createReviews('secret', () => 1).open(sealed, 'U01BEN')).toEqual(PENDING);
    expect(sealed.length).toBeLessThan(1_500);
  });

  it('says nothing to whoever reads it', () => {
    const sealed = createReviews('secret', () => 0).seal(PENDING);
    const read = Buffer.from(sealed, 'base64url').toString('latin1');
    for (const secret of ['failover', HASH, 'U01BEN']) expect(read).not.toContain(secret);
  });

  it('means nothing to another person, after its time, with another secret, or when it was changed', () => {
    const reviews = createReviews('secret', () => 0);
    const sealed = reviews.seal(PENDING);
    expect(reviews.open(sealed, 'U01ADA')).toBeUndefined();
    expect(createReviews('secret', () => 3_600_001).open(sealed, 'U01BEN')).toBeUndefined();
    expect(createReviews('other', () => 0).open(sealed, 'U01BEN')).toBeUndefined();
    for (const at of [0, 20, 60, sealed.length - 3]) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      expect(reviews.open(changed, 'U01BEN')).toBeUndefined();
    }
    for (const made of ['', 'x', 'undefined', sealed.slice(0, 30)]) {
      expect(reviews.open(made, 'U01BEN')).toBeUndefined();
    }
  });

  it('that Slack would not take is refused', () => {
    const reviews = createReviews('secret', () => 0);
    expect(() => reviews.seal({ ...PENDING, typeName: 'x'.repeat(3_000) })).toThrow(
      expect.objectContaining({ type: 'modal-too-large' }),
    );
  });
});
