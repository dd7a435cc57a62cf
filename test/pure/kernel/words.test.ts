/**
 * Failure mode pinned here: a state that is called one thing in Slack or the terminal, and another on the page that people
 * read at three in the morning.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ENDED, type RunStatus } from '../../../kernel/run/state.ts';
import { STATUS_WORDS } from '../../../kernel/run/words.ts';
import { statusSentence } from '../../../slackbot/blocks/status.ts';
import { STARTED_AT, sampleScene } from '../../slackbot/fixture.ts';

const PAGE = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
const STATUSES = Object.keys(STATUS_WORDS).filter((one): one is RunStatus => one !== 'unknown');

/** The states in the first column of "What a state means". */
function explained(): string[] {
  const [, section = ''] = PAGE.split('## What a state means');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).flatMap((row) => (row.split('|')[1] ?? '').trim().split(', '));
}

describe('the states of a run', () => {
  it('are those that the page explains, each once', () => {
    expect(explained().toSorted()).toEqual(STATUSES.toSorted());
  });

  it.each(STATUSES)('%s is called by that word in the terminal, the report and Slack', (status) => {
    expect(STATUS_WORDS[status]).toMatch(new RegExp(`^${status}\\b`));
    const ended = ENDED.includes(status) ? { endedAt: STARTED_AT + 1, gate: null } : {};
    expect(statusSentence(sampleScene({ status, ...ended }))).toMatch(new RegExp(`^${status}\\b`, 'i'));
  });
});
