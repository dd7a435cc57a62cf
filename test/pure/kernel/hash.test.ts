/** Failure modes pinned: one value has two hashes, two values one, or a signature is taken for another key's. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evidenceHash } from '../../../kernel/plan/evidence.ts';
import { canonicalBytes, hashOf } from '../../../kernel/signing/hash.ts';
import { newKeyPair, publicKeyOf, sign, verify } from '../../../kernel/signing/keys.ts';

describe('the canonical form', () => {
  it('is that of RFC 8785', () => {
    const text = (value: unknown): string => new TextDecoder().decode(canonicalBytes(value));
    // Section 3.2.2 and 3.2.3: numbers as ECMAScript writes them, keys by UTF-16 code units.
    expect(text({ numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27] })).toBe(
      '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    expect(text({ '\u20ac': 1, '\r': 2, 1: 3, '\ud83d\ude00': 4, '\ufb33': 5 })).toBe(
      '{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude00":4,"\ufb33":5}',
    );
  });

  it('has one hash whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const other = Object.fromEntries(Object.entries(value).toReversed());
        expect(hashOf(other)).toBe(hashOf(value));
      }),
    );
    expect(hashOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it('refuses what has no JSON form', () => {
    expect(() => hashOf(undefined)).toThrow('no JSON form');
    expect(() => hashOf({ a: Number.NaN })).toThrow();
  });
});

describe('the hash of evidence', () => {
  it('names what was seen and not when', () => {
    const seen = { a: { ok: true, value: 1, at: 1, by: 'x' }, b: { ok: false, reason: 'silent', at: 1 } } as const;
    const later = { b: { ok: false, reason: 'silent', at: 9 }, a: { ok: true, value: 1, at: 9, by: 'y' } } as const;
    expect(evidenceHash(later)).toBe(evidenceHash(seen));
    expect(evidenceHash({ ...seen, a: { ok: true, value: 2, at: 1, by: 'x' } })).not.toBe(evidenceHash(seen));
    expect(evidenceHash({ ...seen, b: { ok: false, reason: 'other', at: 1 } })).not.toBe(evidenceHash(seen));
  });
});

describe('keys', () => {
  it('verify their own signatures over any JSON, and nobody else’s', () => {
    const mine = newKeyPair();
    const other = newKeyPair();
    expect(publicKeyOf(mine.privateKey)).toBe(mine.publicKey);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const signature = sign(value, mine.privateKey);
        expect(verify(value, signature, mine.publicKey)).toBe(true);
        expect(verify([value], signature, mine.publicKey)).toBe(false);
        expect(verify(value, signature, other.publicKey)).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  it('are written as others write them: base64url without padding, as in RFC 8032 section 7.1, test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString(
      'base64url',
    );
    const key = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString(
      'base64url',
    );
    expect(publicKeyOf(`ed25519-private:${seed}`)).toBe(`ed25519:${key}`);
  });

  it('take malformed input for simply not true', () => {
    const { publicKey, privateKey } = newKeyPair();
    const signature = sign(1, privateKey);
    for (const wrong of ['', 'A', `${signature}A`, signature.slice(1), `${signature.slice(0, -1)}=`, 'é'.repeat(86)]) {
      expect(verify(1, wrong, publicKey)).toBe(false);
    }
    for (const wrong of ['', 'ed25519:', publicKey.slice(0, -1), `rsa:${publicKey}`]) {
      expect(verify(1, signature, wrong)).toBe(false);
    }
    expect(() => sign(1, 'ed25519-private:short')).toThrow('not one of ours');
  });
});
