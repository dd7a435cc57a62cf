/**
 * Private key files: made and read. One that others can read is refused, whoever it belongs to: a person, a bot or the
 * permit signer.
 *
 * Must never happen: a private key in an argument, an error or a log (I8).
 */
import { type LifeboatError, refusal } from '../kernel/errors.ts';
import { newKeyPair, publicKeyOf } from '../kernel/signing/keys.ts';
import { codeOf } from './error-code.ts';
import { readPrivateText } from './private-file.ts';
import { createWhole } from './whole-files.ts';

/** A key file holds one line of about 60 characters; whatever is longer is another file. */
const MAX_KEY_FILE_BYTES = 4_096;

/**
 * Makes a pair, writes the private half (mode 0600) and gives the public half. Never overwrites a file.
 * @throws LifeboatError `key-file-exists`, `key-file` when it cannot be written.
 */
export async function newKeyFile(path: string): Promise<{ readonly publicKey: string }> {
  const { publicKey, privateKey } = newKeyPair();
  try {
    await createWhole(path, `${privateKey}\n`, { mode: 0o600 });
  } catch (error) {
    const code = String(codeOf(error) ?? 'unknown');
    if (code !== 'EEXIST') throw cannotUse(path, 'written', code);
    const mend = 'Name another one; keys are never overwritten.';
    throw refusal('key-file-exists', 'This file exists already.', path, mend);
  }
  return { publicKey };
}

/**
 * The private key in a file.
 * @throws LifeboatError `key-file` when it cannot be read, `key-file-open` when others can read it, `bad-key`.
 */
export async function readPrivateKey(path: string): Promise<string> {
  const found = await readPrivateText(path, MAX_KEY_FILE_BYTES);
  switch (found.kind) {
    case 'unreadable':
      throw cannotUse(path, 'read', found.code);
    case 'open-to-others':
      throw refusal('key-file-open', 'The key file can be read by others.', path, `chmod 600 ${path}`);
    case 'too-large':
      throw notAKey(path);
    case 'text':
      return keyIn(found.text, path);
  }
}

function keyIn(text: string, path: string): string {
  const key = text.trim();
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

function cannotUse(path: string, doing: 'read' | 'written', code: string): LifeboatError {
  return refusal('key-file', `The key file cannot be ${doing} (${code}).`, path, 'Name a key file that is yours.');
}
