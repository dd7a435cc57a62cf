/** What the approvals must keep beside their shape: a tier that contradicts itself, or that nobody can meet, is refused. */
import { type Complaint, entriesOf, isMapping, select, valueAt } from '../file/section.ts';

export function consistentTiers(root: unknown): readonly Complaint[] {
  return select(root, 'approvals.tiers.*').flatMap(({ path, value }) => {
    const approvals = valueAt(value, ['approvals']);
    const personalKeys = valueAt(value, ['personalKeys']) ?? 0;
    const botSuffices = valueAt(value, ['botSuffices']);
    if (typeof personalKeys !== 'number') return [];
    const complaints: Complaint[] = [];
    if (typeof approvals === 'number' && approvals >= 1 && personalKeys > approvals) {
      complaints.push({
        path: [...path, 'personalKeys'],
        on: 'value',
        message: 'more personal keys than approvals are asked for',
        mend: 'Write at most as many personalKeys as approvals.',
      });
    }
    if (botSuffices === true && personalKeys > 0) {
      complaints.push({
        path: [...path, 'botSuffices'],
        on: 'value',
        message: "the bot's signature cannot suffice where personal keys are asked for",
        mend: 'Write `botSuffices: false`, or `personalKeys: 0`.',
      });
    }
    if (botSuffices === false && personalKeys === 0) {
      complaints.push({
        path: [...path, 'botSuffices'],
        on: 'value',
        message: "the bot's signature does not suffice here, yet no personal key is asked for",
        mend: 'Ask for at least one with `personalKeys: 1`, or write `botSuffices: true`.',
      });
    }
    return complaints;
  });
}

/** The tier that guards destruction asks for at least one personal key (design, "Decision"). */
export function destroyNeedsKey(root: unknown): readonly Complaint[] {
  const path = ['approvals', 'minimum', 'destroy'];
  const name = valueAt(root, path);
  const tier = typeof name === 'string' ? valueAt(root, ['approvals', 'tiers', name]) : undefined;
  const personalKeys = valueAt(tier, ['personalKeys']) ?? 0;
  if (!isMapping(tier) || personalKeys !== 0) return [];
  return [
    {
      path,
      on: 'value',
      message: 'what destroys needs a tier with at least one personal key',
      mend: 'Name a tier whose personalKeys is 1 or more.',
    },
  ];
}

/**
 * Every tier can be met when the operator who asks is left out, for at least one operator; else a run would wait for
 * people who do not exist, on the day of the disaster.
 */
export function enoughPeople(root: unknown): readonly Complaint[] {
  const people = entriesOf(valueAt(root, ['people'])).map(([, person]) => ({
    operates: has(person, 'operator'),
    approves: has(person, 'approver'),
    signs: Array.isArray(valueAt(person, ['keys'])) && valueAt(person, ['keys', 0]) !== undefined,
  }));
  const askers = people.filter(({ operates }) => operates);
  if (people.length === 0 || askers.length === 0) return noOperator(root);
  return select(root, 'approvals.tiers.*').flatMap(({ path, value }) => {
    const approvals = valueAt(value, ['approvals']);
    const personalKeys = valueAt(value, ['personalKeys']) ?? 0;
    if (typeof approvals !== 'number' || typeof personalKeys !== 'number') return [];
    const met = askers.some((asker) => {
      const others = people.filter((person) => person !== asker && person.approves);
      return others.length >= approvals && others.filter(({ signs }) => signs).length >= personalKeys;
    });
    if (met) return [];
    return [
      {
        path,
        on: 'key' as const,
        message: 'too few people could approve this: the one who asks is never counted',
        mend: 'Give more people the role approver (and keys, where personalKeys asks for them), or ask for fewer.',
      },
    ];
  });
}

function noOperator(root: unknown): readonly Complaint[] {
  if (!isMapping(valueAt(root, ['people']))) return [];
  return [
    {
      path: ['people'],
      on: 'key',
      message: 'nobody could start a run',
      mend: 'Give at least one person the role operator.',
    },
  ];
}

function has(person: unknown, role: string): boolean {
  const roles = valueAt(person, ['roles']);
  return Array.isArray(roles) && roles.includes(role);
}
