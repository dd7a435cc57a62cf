/** How many others must agree before something changes. A tier that nobody guards must not exist (I2). */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { positiveDuration, text } from '../file/shapes.ts';
import { roles } from '../people/section.ts';
import { consistentTiers, destroyNeedsKey, enoughPeople } from './rules.ts';

const tier = z
  .strictObject({
    approvals: z.int().min(1).describe('How many people other than the requester must approve; at least one.'),
    personalKeys: z.int().min(0).default(0).describe('How many of them must sign with a key of their own.'),
    botSuffices: z.boolean().describe('Whether signatures of the bot alone are enough; then personalKeys is 0.'),
    expires: positiveDuration('How long an approval holds; an expired one never approves.'),
  })
  .describe('One tier.');

const approval = z
  .strictObject({
    tiers: z.record(text('name'), tier).describe('The tiers, by name.'),
    minimum: z
      .strictObject({
        change: text('name').describe('The least tier for what changes the estate.'),
        destroy: text('name').describe('The least tier for what destroys; it needs a personal key.'),
      })
      .describe('The least tier of each effect.'),
    breakGlass: z
      .strictObject({
        roles: z
          .array(z.enum(roles).describe('A role.'))
          .min(1)
          .describe('Whose signed word overrides a rule in need.'),
        personalKey: z.boolean().describe('Whether it must be signed with a personal key.'),
      })
      .describe('Who may override a rule, by name and in writing.'),
  })
  .describe('Who must agree before something changes.');

export type Tier = z.output<typeof tier>;
export type Approvals = z.output<typeof approval>;

export const approvals = section({
  schema: approval,
  references: [{ from: 'approvals.minimum.*', to: () => ['approvals', 'tiers'], what: 'a tier' }],
  rules: [consistentTiers, destroyNeedsKey, enoughPeople],
});
