/**
 * Lifeboat's own processes, and what the estate file says of who may do what with them.
 *
 *   workers.ts  control workers and agents     bot.ts  the Slack bot     keys.ts  who signs with what
 */
import { PEOPLE_NAMES, type Person, SLACK_USERS } from '../../people.ts';
import { WORKSPACE } from '../slack/workspace.ts';
import type { LabSystem, PublicKeyOf } from '../system.ts';
import { bot, botEndpoint } from './bot.ts';
import { BOT_KEY, CONTROL_KEY, KEYS, personKey } from './keys.ts';
import { agentsOf, CONTROLS } from './workers.ts';

/** The entry of Lifeboat where it saves these systems. */
export function lifeboatFor(saved: readonly LabSystem[]): LabSystem {
  return {
    name: 'lifeboat',
    servers: [...CONTROLS, ...agentsOf(saved), bot],
    endpoints: (slot) => [botEndpoint(slot)],
    secrets: KEYS,
    estateSections,
  };
}

function estateSections(_slot: number, publicKeyOf: PublicKeyOf): Readonly<Record<string, object>> {
  const person = (id: Person, roles: readonly string[]): object => ({
    name: PEOPLE_NAMES[id],
    roles,
    slack: SLACK_USERS[id],
    keys: [publicKeyOf(personKey(id))],
  });
  return {
    people: {
      ada: person('ada', ['operator', 'approver']),
      ben: person('ben', ['operator', 'approver']),
      cho: person('cho', ['approver']),
      // The schema knows no role that only looks; dan may not approve.
      dan: person('dan', ['operator']),
    },
    bots: { slack: { keys: [publicKeyOf(BOT_KEY)], team: WORKSPACE.team, app: WORKSPACE.app } },
    signers: { control: { keys: [publicKeyOf(CONTROL_KEY)] } },
    approvals: {
      tiers: {
        'one-other-person': { approvals: 1, botSuffices: true, expires: '1h' },
        'two-people': { approvals: 2, personalKeys: 1, botSuffices: false, expires: '1h' },
      },
      minimum: { change: 'one-other-person', destroy: 'two-people' },
      breakGlass: { roles: ['operator'], personalKey: true },
    },
    objectives: { failover: { rto: '5m', rpo: '60s' }, failback: { rto: '1h', rpo: '0s' } },
    holds: {
      step: { every: '1s', for: '3s' },
      commit: { every: '1s', for: '5s' },
      limits: { errorRate: 0.01, latencyMs: 500 },
    },
  };
}
