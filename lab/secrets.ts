/**
 * The lab's own secrets (passwords, tokens, private keys): made once, kept over restarts, readable by their owner alone
 * (0600). Which there are is said by the systems.
 *
 * Must never happen: a secret in a log, a command line or the estate file (I8); that names them by `file:` only.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOnce } from '../host/whole-files.ts';
import { refusal } from '../kernel/errors.ts';
import { newKeyPair, publicKeyOf } from '../kernel/signing/keys.ts';
import type { Instance } from './instance.ts';

/** A file that the lab makes where there is none. */
export interface LabSecret {
  /** Below the instance's root: `secrets/cassandra`. */
  readonly file: string;
  /** The content of a new one, without its last newline. */
  make(): string;
}

/** A private key: its public half may enter the estate file. */
export interface LabKey extends LabSecret {
  readonly kind: 'key';
}

/** 24 random bytes. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url');
}

export function keyIn(file: string): LabKey {
  return { kind: 'key', file, make: () => newKeyPair().privateKey };
}

export function secretPath(instance: Instance, secret: LabSecret): string {
  return join(instance.root, secret.file);
}

/** As the estate file names it, relative to itself. */
export function secretReference(secret: LabSecret): string {
  return `file:${secret.file}`;
}

/** The secret, without its newline. */
export async function readSecret(instance: Instance, secret: LabSecret): Promise<string> {
  return (await readFile(secretPath(instance, secret), 'utf8')).trim();
}

/** Makes what is missing among them. */
export async function ensureSecrets(instance: Instance, secrets: readonly LabSecret[]): Promise<void> {
  await Promise.all(
    secrets.map((secret) => writeOnce(secretPath(instance, secret), () => `${secret.make()}\n`, { mode: 0o600 })),
  );
}

/** `ed25519:BASE64URL` of the public key that belongs to a private key file's line. Throws `lab-key`. */
export function publicHalf(line: string, where: string): string {
  try {
    return publicKeyOf(line.trim());
  } catch {
    throw refusal('lab-key', 'this is not a private key', where, 'Delete the file; `up` makes it anew.');
  }
}
