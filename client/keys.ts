/**
 * Private key files: made, read, and used to sign.
 *
 * A key that others can read is nobody's own, so such a file is refused. A private key never enters an argument, an
 * error or a log (I8).
 */
import { type FileHandle, open } from 'node:fs/promises';
import { personByKey, personOf } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { type Decision, signDecision } from '../kernel/decision/decision.ts';
import { type LifeboatError, refusal } from '../kernel/errors.ts';
import { newKeyPair, publicKeyOf } from '../kernel/signing/keys.ts';
import type { Signer } from './api.ts';

/** A key file holds one line of about 60 characters; whatever is longer is another file. */
const MAX_KEY_FILE_BYTES = 4_096;
const OTHERS_MAY = 0o077;

/**
 * Makes a pair, writes the private half (mode 0600) and gives the public half. Never overwrites a file.
 * @throws LifeboatError `key-file-exists`, `key-file` when it cannot be written.
 */
export async function newKeyFile(path: string): Promise<{ readonly publicKey: string }> {
  const { publicKey, privateKey } = newKeyPair();
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw cannotOpen(error, path, 'written');
  });
  try {
    await file.writeFile(`${privateKey}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return { publicKey };
}

/**
 * The private key in a file.
 * @throws LifeboatError `key-file` when it cannot be read, `key-file-open` when others can read it, `bad-key`.
 */
export async function readPrivateKey(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw cannotOpen(error, path, 'read');
  });
  try {
    return await readGuarded(file, path);
  } finally {
    await file.close();
  }
}

/** Mode and content of the same open file, so that it cannot be exchanged in between. */
async function readGuarded(file: FileHandle, path: string): Promise<string> {
  const { mode, size } = await file.stat();
  if ((mode & OTHERS_MAY) !== 0) {
    throw refusal('key-file-open', 'The key file can be read by others.', path, `chmod 600 ${path}`);
  }
  if (size > MAX_KEY_FILE_BYTES) throw notAKey(path);
  const key = (await file.readFile('utf8')).trim();
  try {
    publicKeyOf(key);
  } catch {
    throw notAKey(path);
  }
  return key;
}

function notAKey(path: string): LifeboatError {
  return refusal('bad-key', 'This file holds no private key of ours.', path, 'Make one with `lifeboat keys new`.');
}

function cannotOpen(error: unknown, path: string, doing: 'read' | 'written'): LifeboatError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'EEXIST') {
    return refusal(
      'key-file-exists',
      'This file exists already.',
      path,
      'Name another one; keys are never overwritten.',
    );
  }
  return refusal('key-file', `The key file cannot be ${doing} (${code}).`, path, 'Name a key file that is yours.');
}

/** Signs with one key. Given a person, it signs for nobody else; without one (a bot) for whom each decision names. */
export function keySigner(privateKey: string, person?: string): Signer {
  const publicKey = publicKeyOf(privateKey);
  return {
    sign(decision: Decision) {
      if (person !== undefined && decision.by !== person) {
        throw refusal(
          'not-yours',
          `This key signs for ${person} only.`,
          decision.by,
          'Sign with that person’s own key.',
        );
      }
      return signDecision(decision, publicKey, privateKey);
    },
  };
}

/** Signs with the key in a file; see {@link keySigner}. @throws as {@link readPrivateKey}. */
export async function fileSigner(path: string, person?: string): Promise<Signer> {
  return keySigner(await readPrivateKey(path), person);
}

/**
 * Whose key a file holds, by the estate; refused when it is not the named person's.
 * @throws LifeboatError as {@link readPrivateKey}; `unknown-person`, `unknown-key`, `not-yours`.
 */
export async function personSigner(
  estate: Estate,
  path: string,
  named?: string,
): Promise<{ readonly person: string; readonly signer: Signer }> {
  const privateKey = await readPrivateKey(path);
  const owner = personByKey(estate, publicKeyOf(privateKey))?.id;
  if (named !== undefined) personOf(estate, named);
  if (owner === undefined) {
    const mend = 'Add its public half under `people` in the estate file, by review, or use the key that stands there.';
    throw refusal('unknown-key', 'The estate file names nobody who has this key.', path, mend);
  }
  if (named !== undefined && named !== owner) {
    throw refusal(
      'not-yours',
      `This is not the key of ${named}.`,
      path,
      `Say \`--as ${owner}\`, or name another file.`,
    );
  }
  return { person: owner, signer: keySigner(privateKey, owner) };
}

/** Reads only: signing is refused with what to give. */
export function noSigner(): Signer {
  return {
    sign() {
      const mend = 'Give `--as PERSON --key FILE`, or set LIFEBOAT_PERSON and LIFEBOAT_KEY.';
      throw refusal('no-key', 'A decision must be signed, and no key was given.', 'key', mend);
    },
  };
}
