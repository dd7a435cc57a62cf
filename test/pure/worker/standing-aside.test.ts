/**
 * Failure modes pinned: a control worker goes on taking tasks though its estate file is stale; one that stands aside is
 * never back, because nobody started it anew after its file was renewed; one that cannot ask begins to decide.
 */
import { describe, expect, it } from '@jest/globals';
import type { Standing } from '../../../activities/lease/standing.ts';
import type { RulingAnswer } from '../../../kernel/authority/ruling.ts';
import { passing } from '../../../kernel/errors.ts';
import { takeTasksWhileRuling } from '../../../worker/standing-aside.ts';

const FILE = { worker: 'us/1@a', generation: 3, digest: 'digest-3' };
const RULES: RulingAnswer = { rules: true };
const ASIDE: RulingAnswer = {
  rules: false,
  ruling: { worker: 'eu/2@b', generation: 4, digest: 'digest-4', since: 1 },
};
const UNKNOWN = passing('ruling-unknown', 'Nobody could be asked.', 'lease/lab', 'Wait.');

/** Answers in turn, and ends the process with the last. */
async function course(answers: readonly (RulingAnswer | Error)[], digestNow: string | undefined = FILE.digest) {
  const told: string[] = [];
  const left = [...answers];
  const end = new AbortController();
  const standing: Standing = {
    async ask() {
      const next = left.shift();
      if (left.length === 0) end.abort();
      if (next === undefined) throw UNKNOWN;
      if (next instanceof Error) throw next;
      return next;
    },
    check: async () => undefined,
    onAside: () => undefined,
  };
  const outcome = await takeTasksWhileRuling({
    standing,
    file: FILE,
    async poll() {
      told.push('polls');
      return async () => {
        told.push('stops polling');
      };
    },
    digestNow: async () => digestNow,
    say: (line) => told.push(line.split(':')[0] ?? ''),
    signal: end.signal,
    everyMs: 1,
  });
  return { outcome, told };
}

describe('a control worker', () => {
  it('takes no task before it has asked, and stops when the process is told to end', async () => {
    expect(await course([UNKNOWN, RULES])).toEqual({
      outcome: 'stopped',
      told: ['Nobody could be asked.', 'polls', 'takes tasks', 'stops polling'],
    });
  });

  it('stands aside when a newer file rules, says so once, and takes tasks again when it may', async () => {
    expect(await course([RULES, ASIDE, ASIDE, ASIDE, RULES])).toEqual({
      outcome: 'stopped',
      told: [
        'polls',
        'takes tasks',
        'Control worker us/1@a stands aside',
        'stops polling',
        'polls',
        'takes tasks',
        'stops polling',
      ],
    });
  });

  it('begins anew with a file that was renewed, and with no half-written one', async () => {
    expect(await course([RULES, ASIDE, ASIDE], 'digest-4')).toMatchObject({ outcome: 'renewed' });
    const unreadable = await course([ASIDE, ASIDE], undefined);
    expect(unreadable).toMatchObject({ outcome: 'stopped', told: expect.not.arrayContaining(['polls']) });
  });

  it('goes on as before while nobody can be asked: each task asks for itself', async () => {
    expect((await course([RULES, UNKNOWN, UNKNOWN])).told).toEqual([
      'polls',
      'takes tasks',
      'Nobody could be asked.',
      'stops polling',
    ]);
  });
});
