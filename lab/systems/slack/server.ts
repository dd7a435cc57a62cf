/** The stand-in for Slack (`lab/standins/slack`), outside both regions. */
import { PEOPLE_NAMES, SLACK_IDS } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { urlOf } from '../../places.ts';
import { PEOPLE, secretPath } from '../lifeboat/keys.ts';
import { answers, createNodeServer } from '../node-program.ts';
import type { LabServer } from '../system.ts';

export function createSlackServer(instance: Instance): LabServer {
  const { plan } = instance;
  return createNodeServer(instance, {
    target: 'slack',
    kind: 'slack',
    place: 'outside',
    needs: [],
    entry: 'lab/standins/slack/main.ts',
    stopGraceMs: 3000,
    config: (folder) => ({
      ...plan.slack,
      folder,
      team: SLACK_IDS.team,
      app: SLACK_IDS.app,
      people: Object.fromEntries(
        PEOPLE.map((person) => [person, { slack: SLACK_IDS.people[person], name: PEOPLE_NAMES[person] }]),
      ),
      channel: SLACK_IDS.channel,
      tokensFile: secretPath(instance, 'slack'),
    }),
    ready: () => answers(urlOf(plan.slack)),
  });
}
