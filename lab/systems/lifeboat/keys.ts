/**
 * The lab's own keys and secrets: made once, kept over restarts, readable by their owner alone (0600).
 *
 * Must never happen: a secret in a log, a command line or the estate file (I8); that names them by `file:` only.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { writeOnce } from '../../../host/whole-files.ts';
import { refusal } from '../../../kernel/errors.ts';
import type { Instance } from '../../instance.ts';

const PRIVATE_PREFIX = 'ed25519-private:';
const SECRET_MODE = { mode: 0o600 };

export const PEOPLE = ['ada', 'ben', 'cho', 'dan'] as const;
export type Person = (typeof PEOPLE)[number];

/** Public halves as the estate file names them: `ed25519:BASE64URL` of the raw 32 bytes. */
export interface PublicKeys {
  readonly people: Readonly<Record<Person, string>>;
  readonly bot: string;
  readonly control: string;
}

export interface SlackTokens {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
}

export const SECRET_FILES = {
  cassandra: 'secrets/cassandra',
  jolokia: 'secrets/jolokia',
  service: 'secrets/service',
  slack: 'secrets/slack.json',
} as const;

export function personKeyPath(instance: Instance, person: Person): string {
  return join(instance.root, 'keys', 'people', person);
}

export function botKeyPath(instance: Instance): string {
  return join(instance.root, 'keys', 'bot');
}

export function controlKeyPath(instance: Instance): string {
  return join(instance.root, 'keys', 'control');
}

export function secretPath(instance: Instance, secret: keyof typeof SECRET_FILES): string {
  return join(instance.root, SECRET_FILES[secret]);
}

/** Makes what is missing among all keys; gives the public halves. */
export async function ensureKeys(instance: Instance): Promise<PublicKeys> {
  const [ada, ben, cho, dan, bot, control] = await Promise.all([
    ...PEOPLE.map((person) => ensureKey(personKeyPath(instance, person))),
    ensureKey(botKeyPath(instance)),
    ensureKey(controlKeyPath(instance)),
  ]);
  if (!ada || !ben || !cho || !dan || !bot || !control) throw new TypeError('six keys were asked for');
  return { people: { ada, ben, cho, dan }, bot, control };
}

/** Makes what is missing among all secrets. */
export async function ensureSecrets(instance: Instance): Promise<void> {
  const random = (): string => `${randomBytes(24).toString('base64url')}\n`;
  for (const secret of ['cassandra', 'jolokia', 'service'] as const) {
    await writeOnce(secretPath(instance, secret), random, SECRET_MODE);
  }
  await writeOnce(secretPath(instance, 'slack'), () => `${JSON.stringify(makeTokens())}\n`, SECRET_MODE);
}

function makeTokens(): SlackTokens {
  const part = (): string => randomBytes(18).toString('hex');
  return {
    botToken: `xoxb-lab-${part()}`,
    appToken: `xapp-lab-${part()}`,
    signingSecret: randomBytes(16).toString('hex'),
  };
}

async function ensureKey(path: string): Promise<string> {
  const line = await writeOnce(
    path,
    () => `${PRIVATE_PREFIX}${Buffer.from(ed25519.utils.randomSecretKey()).toString('base64url')}\n`,
    SECRET_MODE,
  );
  return publicHalf(line, path);
}

/** `ed25519:BASE64URL` of the public key that belongs to a private key file's line. */
export function publicHalf(line: string, where: string): string {
  const text = line.trim();
  const seed = Buffer.from(text.slice(PRIVATE_PREFIX.length), 'base64url');
  if (!text.startsWith(PRIVATE_PREFIX) || seed.length !== 32) {
    throw refusal('lab-key', 'this is not a private key', where, 'Delete the file; `up` makes it anew.');
  }
  return `ed25519:${Buffer.from(ed25519.getPublicKey(seed)).toString('base64url')}`;
}
