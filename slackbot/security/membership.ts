/**
 * Who a Slack user is to the estate: a full member of the workspace whom `people` names by that very id, or nobody.
 *
 * Must never happen: a decision for a guest, a bot, a stranger or a deactivated account, or when Slack could not be
 * asked. Failing closed; names and e-mail addresses count for nothing, only the signed user id.
 */
import { personBySlack } from '../../estate/people/questions.ts';
import type { Person } from '../../estate/people/section.ts';
import type { Estate } from '../../estate/schema.ts';
import { asClause, passing, refusal } from '../../kernel/errors.ts';
import { isFields } from './origin.ts';

export interface KnownPerson {
  /** The estate's short name. */
  readonly id: string;
  readonly person: Person;
  readonly slack: string;
}

/** `users.info`; its `user` field as Slack answered, or it throws. */
export type UserInfo = (slackUser: string) => Promise<unknown>;

const MEND = 'Use the `lifeboat` command in the terminal, or have the estate file changed by review.';

/** @throws LifeboatError `unknown-person`, `not-a-member`, `membership-unknown`. */
export async function identify(
  slackUser: string,
  { estate, team, userInfo }: { estate: Estate; team: string; userInfo: UserInfo },
): Promise<KnownPerson> {
  const known = personBySlack(estate, slackUser);
  if (known === undefined) {
    throw refusal('unknown-person', 'The estate file names nobody with your Slack id.', slackUser, MEND);
  }
  const user = await userInfo(slackUser).catch(() => undefined);
  if (user === undefined) {
    const message = 'Slack did not say whether you are still a member, so nothing was done.';
    throw passing('membership-unknown', message, slackUser, `Try again. ${MEND}`);
  }
  const reason = notMember(user, slackUser, team);
  if (reason !== undefined)
    throw refusal('not-a-member', `Only full members may use this: ${asClause(reason)}.`, slackUser, MEND);
  return { id: known.id, person: known.person, slack: slackUser };
}

/** Why the account is refused, or undefined. What Slack left out counts against it. */
export function notMember(user: unknown, slackUser: string, team: string): string | undefined {
  if (!isFields(user) || user['id'] !== slackUser) return 'Slack answered about somebody else';
  if (user['team_id'] !== team) return 'the account is of another workspace';
  if (user['deleted'] !== false) return 'the account is deactivated';
  if (user['is_bot'] !== false || user['is_workflow_bot'] === true) return 'the account is a bot';
  if (user['is_app_user'] === true) return 'the account is an app';
  if (user['is_restricted'] !== false || user['is_ultra_restricted'] !== false) return 'the account is a guest';
  if (user['is_stranger'] === true) return 'the account is a stranger';
  return undefined;
}
