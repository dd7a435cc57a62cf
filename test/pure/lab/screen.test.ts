/** What `lab up` prints last: the lines with which a second terminal speaks to Lifeboat, and no others where it is not up. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderUp, type Up } from '../../../lab/screen.ts';

const UP: Up = {
  seconds: 61.25,
  estateFile: '/labs/default/estate.yaml',
  addresses: [['local Slack', 'http://127.20.0.9:7000']],
  missing: [],
};
const people = ['ada', 'ben'].map((person) => ({ person, keyFile: `/labs/default/keys/people/${person}` }));

describe('what is printed when the lab is up', () => {
  it('is all that another terminal needs, to be copied as it stands', () => {
    expect(`\n${renderUp({ ...UP, terminal: { folder: '/code/lifeboat', people } })}`).toBe(`
up after 61.3 s
  estate       /labs/default/estate.yaml
  local Slack  http://127.20.0.9:7000

Copy this into another terminal to be ada there:

  cd /code/lifeboat
  export LIFEBOAT_ESTATE=/labs/default/estate.yaml
  export LIFEBOAT_PERSON=ada LIFEBOAT_KEY=/labs/default/keys/people/ada
  npm run lifeboat -- status

What ada asked for, another person approves:

  export LIFEBOAT_PERSON=ben LIFEBOAT_KEY=/labs/default/keys/people/ben
`);
  });

  it('is safe to copy where a path has blanks or quotes', () => {
    const text = renderUp({ ...UP, estateFile: "/my labs/ada's/estate.yaml", terminal: { folder: '/code', people } });
    expect(text).toContain("export LIFEBOAT_ESTATE='/my labs/ada'\\''s/estate.yaml'");
  });

  it('promises nothing where Lifeboat is not up', () => {
    expect(renderUp(UP)).not.toContain('LIFEBOAT_');
  });

  it('is what the README shows', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    for (const name of ['LIFEBOAT_ESTATE', 'LIFEBOAT_PERSON', 'LIFEBOAT_KEY', 'npm run lifeboat -- status']) {
      expect(readme).toContain(name);
    }
  });
});
