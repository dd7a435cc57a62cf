/** Failure modes pinned: a long list of scopes, or names outside of ASCII, make a command that Temporal refuses. */
import { describe, expect, it } from '@jest/globals';
import { summaryOf } from '../../../kernel/run/summary.ts';

describe('a summary for Temporal', () => {
  it('is as it was when it is short', () => {
    expect(summaryOf('Acquire gcp/traffic/items')).toBe('Acquire gcp/traffic/items');
  });

  it.each(['a', 'ü', '漢', '🚒'])('made of %s is cut by its bytes, between two characters', (character) => {
    const cut = summaryOf(character.repeat(300));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(190);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(180);
    expect(cut).toMatch(new RegExp(`^(${character})+…$`, 'u'));
  });
});
