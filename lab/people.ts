/** The people of the lab's estate: who they are, and by which id Slack knows them. */

export const PEOPLE = ['ada', 'ben', 'cho', 'dan'] as const;
export type Person = (typeof PEOPLE)[number];

export const PEOPLE_NAMES: Readonly<Record<Person, string>> = { ada: 'Ada', ben: 'Ben', cho: 'Cho', dan: 'Dan' };

export const SLACK_USERS: Readonly<Record<Person, string>> = {
  ada: 'U01ADA',
  ben: 'U01BEN',
  cho: 'U01CHO',
  dan: 'U01DAN',
};
