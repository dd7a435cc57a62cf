/** Real Ed25519 keys for the fictional people, the bot and the permit signer; made once per process, never written. */
import { type KeyPair, newKeyPair } from '../../../kernel/signing/keys.ts';

export type Who = 'ada' | 'ben' | 'cho' | 'dan';

/** ada, ben: operator and approver; cho: approver only; dan: operator only. */
export const PEOPLE: { readonly [who in Who]: KeyPair } = {
  ada: newKeyPair(),
  ben: newKeyPair(),
  cho: newKeyPair(),
  dan: newKeyPair(),
};
export const BOT: KeyPair = newKeyPair();
export const SIGNER: KeyPair = newKeyPair();
/** Nobody's: not in any estate file. */
export const STRANGER: KeyPair = newKeyPair();
