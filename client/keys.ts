/**
 * Signers: what signs a person's or a bot's decisions. Key files are made and read in `host/key-files.ts`.
 *
 * Must never happen: a private key in an argument, an error or a log (I8).
 */
import { personByKey, personOf } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { readPrivateKey } from '../host/key-files.ts';
import { type Decision, signDecision } from '../kernel/decision/decision.ts';
import { refusal } from '../kernel/errors.ts';
import { publicKeyOf } from '../kernel/signing/keys.ts';
import type { Signer } from './api.ts';

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

/** Signs with the key in a file; see {@link keySigner}. @throws as `readPrivateKey`. */
export async function fileSigner(path: string, person?: string): Promise<Signer> {
  return keySigner(await readPrivateKey(path), person);
}

/**
 * Whose key a file holds, by the estate; refused when it is not the named person's.
 * @throws LifeboatError as `readPrivateKey`; `unknown-person`, `unknown-key`, `not-yours`.
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
