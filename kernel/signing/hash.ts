/**
 * One canonical text and one hash for everything that people or machines sign.
 *
 * SHA-256 over RFC 8785 (JSON Canonicalization Scheme): the same value has the same hash in the planner, in Temporal's
 * workflow sandbox, on an agent and in a person's terminal.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { refusal } from '../errors.ts';

/** RFC 8785 text of a JSON value, as UTF-8 bytes. @throws LifeboatError `not-json` for `undefined`, functions, NaN. */
export function canonicalBytes(value: unknown): Uint8Array {
  const text = canonicalize(value);
  if (text === undefined) {
    throw refusal('not-json', 'A value to be hashed has no JSON form.', 'canonicalBytes', 'Pass plain JSON data only.');
  }
  return utf8ToBytes(text);
}

/** SHA-256 of the canonical text, as 64 hex digits. */
export function hashOf(value: unknown): string {
  return bytesToHex(sha256(canonicalBytes(value)));
}

/** The first 12 digits: enough for a person to compare two hashes by eye. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
