/** Slack's side, played by the stand-in (`lab/standins/slack`), outside both regions. `workspace.ts` says what it shows. */

import { PEOPLE, PEOPLE_NAMES, SLACK_USERS } from '../../people.ts';
import { urlOf } from '../../places.ts';
import { secretPath } from '../../secrets.ts';
import { answers, nodeServer } from '../node-program.ts';
import type { LabSystem } from '../system.ts';
import { SLACK_TOKENS, slackEndpoint, WORKSPACE } from './workspace.ts';

const server = nodeServer({
  target: 'slack',
  kind: 'slack',
  place: 'outside',
  needs: [],
  entry: 'lab/standins/slack/main.ts',
  stopGraceMs: 3000,
  config: (instance, folder) => ({
    ...slackEndpoint(instance.slot),
    folder,
    team: WORKSPACE.team,
    app: WORKSPACE.app,
    people: Object.fromEntries(
      PEOPLE.map((person) => [person, { slack: SLACK_USERS[person], name: PEOPLE_NAMES[person] }]),
    ),
    channel: WORKSPACE.channel,
    tokensFile: secretPath(instance, SLACK_TOKENS),
  }),
  ready: (instance) => answers(urlOf(slackEndpoint(instance.slot))),
});

export const slack: LabSystem = {
  name: 'slack',
  servers: [server],
  endpoints: (slot) => [slackEndpoint(slot)],
  shown: (slot) => [['local Slack', urlOf(slackEndpoint(slot))]],
  secrets: [SLACK_TOKENS],
  estateSections: () => ({ slack: { channel: WORKSPACE.channel } }),
};
