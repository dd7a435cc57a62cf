/**
 * Ed25519 by Node's own crypto, for processes that verify a permit with every step: fifteen times as fast as the pure
 * JavaScript of `kernel/signing/keys.ts`, which the workflow sandbox needs. Both must accept exactly the same.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Sign, VerifySignature } from '../kernel/authority/permit.ts';
import { decodeBase64Url, encodeBase64Url } from '../kernel/signing/base64url.ts';
import { canonicalBytes } from '../kernel/signing/hash.ts';
import { privateKeySeed, publicKeyBytes } from '../kernel/signing/keys.ts';

const known = new Map<string, KeyObject>();
const SIGNATURE_BYTES = 64;

/** Whether `signature` was made over `value` by the holder of `publicKey`; malformed input is simply not true. */
export const nativeVerify: VerifySignature = (value, signature, publicKey) => {
  const bytes = decodeBase64Url(signature);
  if (bytes?.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(null, canonicalBytes(value), keyOf(publicKey), bytes);
  } catch {
    return false;
  }
};

/** Keys come from the estate file, so there are few; the map cannot grow with what callers send. */
function keyOf(publicKey: string): KeyObject {
  const found = known.get(publicKey);
  if (found) return found;
  const x = Buffer.from(publicKeyBytes(publicKey)).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  known.set(publicKey, key);
  return key;
}

/** RFC 8410: what stands before the 32 bytes of an Ed25519 seed in its PKCS #8 form. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs the canonical form of `value`; the signature is base64url of 64 bytes. @throws LifeboatError `bad-key`. */
export const nativeSign: Sign = (value, privateKey) => {
  const key = Buffer.concat([PKCS8_PREFIX, privateKeySeed(privateKey)]);
  return encodeBase64Url(sign(null, canonicalBytes(value), createPrivateKey({ key, format: 'der', type: 'pkcs8' })));
};
