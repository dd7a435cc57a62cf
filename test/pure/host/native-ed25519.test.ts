/** Pins: the fast verifier of the agents and the pure one of the workflow disagree, so that one accepts a forgery. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nativeSign, nativeVerify } from '../../../host/native-ed25519.ts';
import { newKeyPair, sign, verify } from '../../../kernel/signing/keys.ts';

const { publicKey, privateKey } = newKeyPair();
const other = newKeyPair();

describe('both signers and verifiers', () => {
  it('accept what was signed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const signature = sign(value, privateKey);
        expect(nativeSign(value, privateKey)).toBe(signature);
        expect([verify(value, signature, publicKey), nativeVerify(value, signature, publicKey)]).toEqual([true, true]);
      }),
      { numRuns: 50 },
    );
  });

  it('refuse altered values, signatures and keys alike', () => {
    const signature = sign({ a: 1 }, privateKey);
    fc.assert(
      fc.property(fc.nat(85), fc.constantFrom('A', 'b', '-', '!', ''), fc.boolean(), (at, character, swap) => {
        const altered = signature.slice(0, at) + character + signature.slice(at + 1);
        const key = swap ? other.publicKey : publicKey;
        const answers = [verify({ a: 1 }, altered, key), nativeVerify({ a: 1 }, altered, key)];
        expect(answers).toEqual(altered === signature && !swap ? [true, true] : [false, false]);
      }),
      { numRuns: 100 },
    );
    for (const bad of ['', 'ed25519:', 'ed25519:AAAA', publicKey.slice(8), other.publicKey]) {
      expect([verify({ a: 1 }, signature, bad), nativeVerify({ a: 1 }, signature, bad)]).toEqual([false, false]);
    }
  });
});
