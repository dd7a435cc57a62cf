/** The words and tones for states: always a word, never a colour or a symbol alone. */
import { endText } from '../kernel/run/left.ts';
import type { RunStatus, RunView } from '../kernel/run/state.ts';
import { OUTCOME_WORDS } from '../kernel/run/words.ts';
import type { Tone } from './document.ts';
import type { Fate } from './story.ts';

export const STATUS_TONES: Readonly<Record<RunStatus, Tone>> = {
  planning: 'quiet',
  gate: 'warn',
  running: 'quiet',
  holding: 'quiet',
  paused: 'warn',
  question: 'warn',
  undoing: 'warn',
  done: 'good',
  planned: 'quiet',
  refused: 'bad',
  rejected: 'bad',
  expired: 'bad',
  aborted: 'bad',
  stopped: 'bad',
};

/** The status as the head of a report names it, with what a run that is done has left. */
export function statusWord(run: Pick<RunView, 'status' | 'left'>): string {
  const word = endText(run);
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

export const FATE: Readonly<Record<Fate, { readonly word: string; readonly tone: Tone }>> = {
  done: { word: 'done', tone: 'good' },
  failed: { word: OUTCOME_WORDS.failed, tone: 'bad' },
  skipped: { word: OUTCOME_WORDS.skipped, tone: 'warn' },
  owed: { word: OUTCOME_WORDS.owed, tone: 'warn' },
  'taken-back': { word: 'taken back', tone: 'warn' },
  'must-not': { word: OUTCOME_WORDS['must-not'], tone: 'warn' },
  'not-taken-back': { word: 'left as it is', tone: 'bad' },
  open: { word: 'open', tone: 'warn' },
  approved: { word: 'approved', tone: 'good' },
  rejected: { word: 'rejected', tone: 'bad' },
  passed: { word: 'passed', tone: 'good' },
  'not-reached': { word: 'not reached', tone: 'quiet' },
};
