/** The permit signer's key, which the control worker alone holds. */
import type { Estate } from '../estate/schema.ts';
import { readPrivateKey } from '../host/key-files.ts';
import { refusal } from '../kernel/errors.ts';
import { publicKeyOf } from '../kernel/signing/keys.ts';

export interface PermitSigner {
  readonly publicKey: string;
  /** The private key stays in the closure (I8). */
  readonly privateKey: () => string;
}

/**
 * The key in the file, when the estate names it as that signer's.
 * @throws LifeboatError `unknown-signer`, and as `readPrivateKey`: `key-file-open` when others can read it
 */
export async function readSigner(estate: Estate, signer: string, keyFile: string): Promise<PermitSigner> {
  const privateKey = await readPrivateKey(keyFile);
  const publicKey = publicKeyOf(privateKey);
  if (!estate.signers[signer]?.keys.includes(publicKey)) {
    throw refusal(
      'unknown-signer',
      `The key of ${signer} is not in the estate's signers.`,
      keyFile,
      'Enter its public half under `signers` in the estate file, by review.',
    );
  }
  return { publicKey, privateKey: () => privateKey };
}
