/**
 * Who may decide and sign: people, the bots that speak for people whom Slack identified, and the signers of permits.
 *
 * One key has one owner, over all three: a key that two hold would let one person be counted as two (I2).
 */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';
import { unique } from '../file/unique.ts';

export const roles = ['operator', 'approver'] as const;

/** operator: starts, pauses and aborts runs. approver: approves and rejects what others started. */
export type Role = (typeof roles)[number];

const publicKey = text('key').describe('A public Ed25519 key.');
const role = z.enum(roles).describe('operator starts and steers runs; approver approves what others started.');

const person = z
  .strictObject({
    name: text('words').describe('The name as others read it.'),
    roles: z.array(role).min(1).describe('What the person may do.'),
    slack: text('slackUser').exactOptional().describe("The person's member id in Slack."),
    keys: z.array(publicKey).default([]).describe("The person's own public keys."),
  })
  .describe('One person.');

const bot = z
  .strictObject({
    keys: z.array(publicKey).min(1).describe('The public keys that the bot signs with.'),
    team: text('slackTeam').describe('The only Slack workspace whose people it may speak for.'),
    app: text('slackApp').describe('The only Slack app whose requests it takes.'),
  })
  .describe('One bot.');

const signer = z
  .strictObject({ keys: z.array(publicKey).min(1).describe('The public keys that it signs permits with.') })
  .describe('One signer of permits.');

export type Person = z.output<typeof person>;
export type Bot = z.output<typeof bot>;
export type Signer = z.output<typeof signer>;

const oneOwnerPerKey = unique({
  among: ['people.*.keys.*', 'bots.*.keys.*', 'signers.*.keys.*'],
  what: 'key',
  mend: 'Give everyone a key of their own, made by `lifeboat keys new`.',
});

const oneIdPerPerson = unique({
  among: ['people.*.slack'],
  what: 'Slack id',
  mend: 'Give each person their own member id.',
});

export const people = section({
  schema: z.record(text('name'), person).describe('The people who may start, steer and approve, by a short name.'),
  rules: [oneOwnerPerKey, oneIdPerPerson],
});

export const bots = section({
  schema: z.record(text('name'), bot).default({}).describe('The bots that sign for people whom Slack identified.'),
});

export const signers = section({
  schema: z.record(text('name'), signer).describe('The signers of permits, one for each control host.'),
});
