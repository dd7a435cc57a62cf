/**
 * Who is who, and whose key is whose. Pure; names and keys come from outside and may be anything, so a lookup either
 * returns undefined or refuses with the nearest known name, as each says (I12).
 */
import type { Decider } from '../../kernel/plan/plan.ts';
import { required } from '../lookup.ts';
import type { Estate } from '../schema.ts';
import type { Bot, Person, Role, Signer } from './section.ts';

export interface NamedPerson {
  /** The short name in the file: `ada`. */
  readonly id: string;
  readonly person: Person;
}

/** @throws refusal `unknown-person` */
export function personOf(estate: Estate, id: string): Person {
  return required(estate.people, id, 'person');
}

/** Whose Slack member id it is. */
export function personBySlack(estate: Estate, slackId: string): NamedPerson | undefined {
  return peopleOf(estate).find(({ person }) => person.slack === slackId);
}

/** Whose public key (`ed25519:…`) it is. A key has one owner: `parseEstate` sees to it. */
export function personByKey(estate: Estate, key: string): NamedPerson | undefined {
  return peopleOf(estate).find(({ person }) => person.keys.includes(key));
}

/** Which bot's public key it is. */
export function botByKey(estate: Estate, key: string): { id: string; bot: Bot } | undefined {
  const found = Object.entries(estate.bots).find(([, bot]) => bot.keys.includes(key));
  return found === undefined ? undefined : { id: found[0], bot: found[1] };
}

/** Which permit signer's public key it is. */
export function signerByKey(estate: Estate, key: string): { id: string; signer: Signer } | undefined {
  const found = Object.entries(estate.signers).find(([, signer]) => signer.keys.includes(key));
  return found === undefined ? undefined : { id: found[0], signer: found[1] };
}

export function hasRole(person: Pick<Person, 'roles'>, role: Role): boolean {
  return person.roles.includes(role);
}

/** Everyone, or everyone with a role; in the order of the file. */
export function peopleOf(estate: Estate, role?: Role): NamedPerson[] {
  return Object.entries(estate.people)
    .map(([id, person]) => ({ id, person }))
    .filter(({ person }) => role === undefined || hasRole(person, role));
}

/** Everyone, or everyone with a role, with the keys that speak for them; in the order of the file. */
export function decidersOf(estate: Estate, role?: Role): Decider[] {
  return peopleOf(estate, role).map(({ id, person }) => ({ person: id, keys: [...person.keys] }));
}

/** The keys of all bots. */
export function botKeys(estate: Estate): string[] {
  return Object.values(estate.bots).flatMap(({ keys }) => keys);
}

/** The keys that may sign permits. */
export function signerKeys(estate: Estate): string[] {
  return Object.values(estate.signers).flatMap(({ keys }) => keys);
}
