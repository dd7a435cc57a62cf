/**
 * Ed25519 keys and signatures (RFC 8032), pure JavaScript so that the same code verifies inside Temporal's workflow
 * sandbox, where `node:crypto` cannot be had.
 *
 * A public key is written `ed25519:BASE64URL` (raw 32 bytes), a private one `ed25519-private:BASE64URL` (the 32-byte
 * seed). A private key never enters an argument, a result, a log or an error (I8).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { refusal } from '../errors.ts';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';
import { canonicalBytes } from './hash.ts';

const PUBLIC = 'ed25519:';
const PRIVATE = 'ed25519-private:';
const KEY_BYTES = 32;

export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new key pair from the platform's random source. */
export function newKeyPair(): KeyPair {
  const { secretKey, publicKey } = ed25519.keygen();
  return { publicKey: PUBLIC + encodeBase64Url(publicKey), privateKey: PRIVATE + encodeBase64Url(secretKey) };
}

/** The raw 32 bytes of a written private key. @throws LifeboatError `bad-key`. */
export function privateKeySeed(privateKey: string): Uint8Array {
  const seed = privateKey.startsWith(PRIVATE) ? decodeBase64Url(privateKey.slice(PRIVATE.length).trim()) : undefined;
  if (seed?.length !== KEY_BYTES) {
    throw refusal('bad-key', 'The private key is not one of ours.', 'key file', 'Make one with `lifeboat keys new`.');
  }
  return seed;
}

/** The public half of a private key. @throws LifeboatError `bad-key`. */
export function publicKeyOf(privateKey: string): string {
  return PUBLIC + encodeBase64Url(ed25519.getPublicKey(privateKeySeed(privateKey)));
}

/** Signs the canonical form of `value`; the signature is base64url of 64 bytes. @throws LifeboatError `bad-key`. */
export function sign(value: unknown, privateKey: string): string {
  return encodeBase64Url(ed25519.sign(canonicalBytes(value), privateKeySeed(privateKey)));
}

/** The raw 32 bytes of a written public key. @throws LifeboatError `bad-key`. */
export function publicKeyBytes(publicKey: string): Uint8Array {
  const bytes = publicKey.startsWith(PUBLIC) ? decodeBase64Url(publicKey.slice(PUBLIC.length)) : undefined;
  if (bytes?.length === KEY_BYTES) return bytes;
  throw refusal('bad-key', 'The public key is not one of ours.', 'estate file', 'Make one with `lifeboat keys new`.');
}

/** Whether `signature` was made over `value` by the holder of `publicKey`; malformed input is simply not true. */
export function verify(value: unknown, signature: string, publicKey: string): boolean {
  const key = publicKey.startsWith(PUBLIC) ? decodeBase64Url(publicKey.slice(PUBLIC.length)) : undefined;
  const bytes = decodeBase64Url(signature);
  if (key?.length !== KEY_BYTES || bytes?.length !== 2 * KEY_BYTES) return false;
  try {
    return ed25519.verify(bytes, canonicalBytes(value), key);
  } catch {
    return false;
  }
}
