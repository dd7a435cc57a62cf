/**
 * Failure modes pinned: a control worker with a stale estate file decides; two with different files of one generation both
 * do; a survivor with an older file may do nothing because those with the newest died.
 */
import { describe, expect, it } from '@jest/globals';
import {
  asideTexts,
  NOBODY_RULES,
  type OwnFile,
  type RulingState,
  showFile,
  standingAside,
} from '../../../kernel/authority/ruling.ts';

const NOW = 1_000_000;
const fileOf = (worker: string, generation: number, digest = `digest-${generation}`): OwnFile => ({
  worker,
  generation,
  digest,
});
const US = fileOf('us/1@a', 3);
const EU = fileOf('eu/2@b', 4);

/** Each shows its file, in this order. */
function shown(...files: readonly OwnFile[]): RulingState {
  return files.reduce((state, file, at) => showFile(state, { file }, NOW + at).state, NOBODY_RULES);
}

describe('which estate file rules', () => {
  it('is the first where nobody has shown one', () => {
    expect(showFile(NOBODY_RULES, { file: US }, NOW)).toEqual({
      state: { ruling: { ...US, since: NOW }, aside: [] },
      answer: { rules: true },
    });
  });

  it('is the newer, whichever was shown first; the older stands aside and is named', () => {
    for (const state of [shown(EU, US), shown(US, EU, US)]) {
      expect(state.ruling?.digest).toBe(EU.digest);
      expect(asideTexts(state, NOW)).toEqual([
        'Control worker us/1@a stands aside: its estate file is generation 3 (digest-3), generation 4 (digest-4) is ruling. Give it the estate file that the others have.',
      ]);
    }
    expect(showFile(shown(EU), { file: US }, NOW).answer).toMatchObject({ rules: false, ruling: EU });
  });

  it('of one generation is the first that was shown, and both are named', () => {
    const other = fileOf('eu/2@b', 3, 'digest-other');
    expect(asideTexts(shown(US, other), NOW)).toEqual([
      'Control worker eu/2@b stands aside: its estate file is generation 3 (digest-other), and another of the same generation (digest-3, first shown by us/1@a) is ruling. Give both the right file, with a higher generation.',
    ]);
    expect(shown(US, other, US).ruling?.digest).toBe(US.digest);
  });

  it('stays the same when another worker with it comes or says it again', () => {
    const second = { ...EU, worker: 'us/9@a' };
    expect(shown(EU, second, EU).ruling).toMatchObject({ worker: EU.worker, since: NOW });
    expect(shown(EU, second).aside).toEqual([]);
  });

  it('is an older one only in the place of the very file that nobody has any more', () => {
    const state = shown(EU, US);
    expect(showFile(state, { file: US, instead: 'digest-2' }, NOW).answer.rules).toBe(false);
    const taken = showFile(state, { file: US, instead: EU.digest }, NOW);
    expect(taken).toMatchObject({ answer: { rules: true }, state: { ruling: US, aside: [] } });
    // Whoever comes back with the newer one takes over at once.
    expect(showFile(taken.state, { file: EU }, NOW).state.ruling?.digest).toBe(EU.digest);
  });
});

describe('who stands aside', () => {
  it('is forgotten when it has the ruling file, and when it has not said so for minutes', () => {
    expect(shown(EU, US, { ...EU, worker: US.worker }).aside).toEqual([]);
    const state = shown(EU, US);
    expect(standingAside(state, NOW + 120_000)).toHaveLength(1);
    expect(standingAside(state, NOW + 180_000)).toEqual([]);
    expect(showFile(state, { file: fileOf('x/3@c', 2) }, NOW + 180_000).state.aside).toHaveLength(1);
  });
});
