/**
 * Turns references of the estate file (`file:PATH`, `env:NAME`) into secrets, as late as possible and for one use.
 *
 * Must never happen: a secret enters a plan, a history, a log or a message (I8). A `Secret` therefore throws when it is
 * serialized, shows a placeholder when it is printed, and gives its value only to who calls `reveal`.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { inspect } from 'node:util';
import { refusal } from '../kernel/errors.ts';

const PLACEHOLDER = '[secret]';
/** A file beyond this is no password or token: somebody named the wrong one. */
const LIMIT_BYTES = 64 * 1024;

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; for a header, a socket or a driver, and nothing else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  /** @throws LifeboatError `secret-serialized`, always. */
  toJSON(): never {
    throw refusal(
      'secret-serialized',
      'A secret was about to be written into a message.',
      'JSON',
      'Pass the reference from the estate file instead; report this defect.',
    );
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}

export interface Secrets {
  /**
   * Reads anew at each call, so that a rotated secret is found.
   * @throws LifeboatError `secret-missing`, `secret-provider-missing` or `bad-secret-reference`; none holds the value.
   */
  resolve(reference: string): Promise<Secret>;
}

export interface SecretSources {
  /** What a relative `file:` reference is relative to: the folder of the estate file. */
  readonly folder: string;
  readonly env?: { readonly [name: string]: string | undefined };
}

export function createSecrets({ folder, env = process.env }: SecretSources): Secrets {
  return {
    async resolve(reference) {
      const colon = reference.indexOf(':');
      const rest = reference.slice(colon + 1);
      switch (reference.slice(0, colon)) {
        case 'file':
          return fromFile(isAbsolute(rest) ? rest : join(folder, rest), reference);
        case 'env':
          return secretOf(env[rest], reference, `Set the environment variable ${rest} for this process.`);
        case 'op':
          throw refusal(
            'secret-provider-missing',
            'References to 1Password cannot be resolved yet: their provider comes with a later version.',
            reference,
            'Write file:PATH or env:NAME in the estate file until then.',
          );
        default:
          // It may be the secret itself, so it is not repeated.
          throw refusal(
            'bad-secret-reference',
            'This is not a reference to a secret.',
            'a secret reference of the estate file',
            'Write file:PATH or env:NAME; if a real secret stood there, replace that secret.',
          );
      }
    },
  };
}

async function fromFile(path: string, reference: string): Promise<Secret> {
  const mend = 'Write the secret into that file, readable by this process alone (0600).';
  let text: string | undefined;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    text = undefined;
  }
  if (text !== undefined && Buffer.byteLength(text) > LIMIT_BYTES) {
    throw refusal('secret-missing', 'The file is too large to be a secret.', reference, mend);
  }
  return secretOf(text?.trim(), reference, mend);
}

function secretOf(value: string | undefined, reference: string, mend: string): Secret {
  if (value !== undefined && value !== '') return new Secret(value);
  throw refusal('secret-missing', 'The secret is not there, or empty.', reference, mend);
}
