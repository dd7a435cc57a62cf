/**
 * Failure mode pinned here: a state that is called one thing in Slack or the terminal, and another on the page that people
 * read at three in the morning.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DONE_WORDS, endText } from '../../../kernel/run/left.ts';
import { ENDED, type LeftItem, type RunStatus } from '../../../kernel/run/state.ts';
import { STATUS_WORDS } from '../../../kernel/run/words.ts';
import { statusSentence } from '../../../slackbot/blocks/status.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

const PAGE = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
const STATUSES = Object.keys(STATUS_WORDS).filter((one): one is RunStatus => one !== 'unknown');

/** The states in the first column of "What a state means". */
function explained(): string[] {
  const [, section = ''] = PAGE.split('## What a state means');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).flatMap((row) => (row.split('|')[1] ?? '').trim().split(' / '));
}

describe('the states of a run', () => {
  it('are those that the page explains, each once', () => {
    expect(explained().toSorted()).toEqual([...STATUSES, ...DONE_WORDS].toSorted());
  });

  it.each(STATUSES)('%s is called by that word in the terminal, the report and Slack', (status) => {
    expect(STATUS_WORDS[status]).toMatch(new RegExp(`^${status}\\b`));
    const ended = ENDED.includes(status) ? { endedAt: STARTED_AT + 1, gate: null } : {};
    expect(statusSentence(sampleScene({ status, ...ended }))).toMatch(new RegExp(`^${status}\\b`, 'i'));
  });
});

describe('a run that is done, and not wholly', () => {
  const item = (kind: LeftItem['kind'], say: string): LeftItem => {
    return { kind, id: say, say, because: null, advice: null };
  };
  const cases: readonly [readonly LeftItem[], string][] = [
    [[], 'done'],
    [[item('owed', 'Withhold it')], 'done, with 1 owed'],
    [[item('skipped', 'Repair it'), item('owed', 'a'), item('owed', 'b')], 'done, with 2 owed and 1 skipped'],
    [[item('kept', 'Room')], 'done, with 1 left over'],
    [[item('unproven', 'Proof: no write is lost')], 'done, unproven: Proof: no write is lost'],
    [[item('owed', 'a'), item('unproven', 'Proof: b')], 'done, with 1 owed, unproven: Proof: b'],
  ];

  it.each(cases)('%# says so in its first line, by the words of the page', (left, said) => {
    expect(endText({ status: 'done', left: [...left] })).toBe(said);
    const scene = sampleScene({ status: 'done', left: [...left], endedAt: STARTED_AT + 1, gate: null });
    expect(statusSentence(scene)).toMatch(new RegExp(`^${said}`, 'i'));
    const word = said.replace(/\d/, 'N').replace(/ and .*|, unproven.*|:.*/, '');
    expect(left.length === 0 || said.includes('unproven') || explained().includes(word)).toBe(true);
  });

  it('of another status nothing is counted: what is left is told below', () => {
    expect(endText({ status: 'aborted', left: [item('kept', 'Readmit it')] })).toBe('aborted');
  });
});
