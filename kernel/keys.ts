/**
 * Ed25519 keys and signatures (RFC 8032), pure JavaScript so that the same code verifies inside Temporal's workflow
 * sandbox, where `node:crypto` cannot be had.
 *
 * A public key is written `ed25519:BASE64URL` (raw 32 bytes), a private one `ed25519-private:BASE64URL` (the 32-byte
 * seed). A private key never enters an argument, a result, a log or an error (I8).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { refusal } from './errors.ts';
import { canonicalBytes } from './hash.ts';

const PUBLIC = 'ed25519:';
const PRIVATE = 'ed25519-private:';
const KEY_BYTES = 32;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. By hand: Temporal's workflow sandbox has neither `btoa` nor `Buffer`. */
function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += ALPHABET[(held >> bits) & 63];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (6 - bits)) & 63];
}

/** Undefined for what is not the one spelling of some bytes: a foreign character, or left-over bits that are not 0. */
function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value === -1) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = held >> bits;
    length += 1;
    held &= (1 << bits) - 1;
  }
  return bits >= 6 || held !== 0 ? undefined : bytes;
}

export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A new key pair from the platform's random source. */
export function newKeyPair(): KeyPair {
  const { secretKey, publicKey } = ed25519.keygen();
  return { publicKey: PUBLIC + toBase64Url(publicKey), privateKey: PRIVATE + toBase64Url(secretKey) };
}

function seedOf(privateKey: string): Uint8Array {
  const seed = privateKey.startsWith(PRIVATE) ? fromBase64Url(privateKey.slice(PRIVATE.length).trim()) : undefined;
  if (seed?.length !== KEY_BYTES) {
    throw refusal('bad-key', 'The private key is not one of ours.', 'key file', 'Make one with `lifeboat keys new`.');
  }
  return seed;
}

/** The public half of a private key. @throws LifeboatError `bad-key`. */
export function publicKeyOf(privateKey: string): string {
  return PUBLIC + toBase64Url(ed25519.getPublicKey(seedOf(privateKey)));
}

/** Signs the canonical form of `value`; the signature is base64url of 64 bytes. @throws LifeboatError `bad-key`. */
export function sign(value: unknown, privateKey: string): string {
  return toBase64Url(ed25519.sign(canonicalBytes(value), seedOf(privateKey)));
}

/** Whether `signature` was made over `value` by the holder of `publicKey`; malformed input is simply not true. */
export function verify(value: unknown, signature: string, publicKey: string): boolean {
  const key = publicKey.startsWith(PUBLIC) ? fromBase64Url(publicKey.slice(PUBLIC.length)) : undefined;
  const bytes = fromBase64Url(signature);
  if (key?.length !== KEY_BYTES || bytes?.length !== 2 * KEY_BYTES) return false;
  try {
    return ed25519.verify(bytes, canonicalBytes(value), key);
  } catch {
    return false;
  }
}
