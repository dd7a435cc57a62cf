/** The lab's Ed25519 keys: of its people, of the bot, and of the control workers, which sign permits. */
import type { Instance } from '../../instance.ts';
import { PEOPLE, type Person } from '../../people.ts';
import { keyIn, type LabKey, secretPath } from '../../secrets.ts';

export const BOT_KEY = keyIn('keys/bot');
export const CONTROL_KEY = keyIn('keys/control');

export function personKey(person: Person): LabKey {
  return keyIn(`keys/people/${person}`);
}

export const KEYS: readonly LabKey[] = [...PEOPLE.map(personKey), BOT_KEY, CONTROL_KEY];

export function personKeyPath(instance: Instance, person: Person): string {
  return secretPath(instance, personKey(person));
}

export function botKeyPath(instance: Instance): string {
  return secretPath(instance, BOT_KEY);
}
