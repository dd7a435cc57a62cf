/** The words and tones for states: always a word, never a colour or a symbol alone. */
import type { RunStatus } from '../kernel/run/state.ts';
import type { Tone } from './document.ts';
import type { Fate } from './story.ts';

export const STATUS: Readonly<Record<RunStatus, { readonly word: string; readonly tone: Tone }>> = {
  planning: { word: 'Planning', tone: 'quiet' },
  gate: { word: 'Waits for approval', tone: 'warn' },
  running: { word: 'Running', tone: 'quiet' },
  holding: { word: 'Holding', tone: 'quiet' },
  paused: { word: 'Paused', tone: 'warn' },
  question: { word: 'Stopped, asks what to do', tone: 'warn' },
  undoing: { word: 'Taking back', tone: 'warn' },
  done: { word: 'Done', tone: 'good' },
  planned: { word: 'Planned, nothing was changed', tone: 'quiet' },
  refused: { word: 'Refused', tone: 'bad' },
  rejected: { word: 'Rejected', tone: 'bad' },
  expired: { word: 'Expired', tone: 'bad' },
  aborted: { word: 'Aborted', tone: 'bad' },
  stopped: { word: 'Stopped before its end', tone: 'bad' },
};

export const FATE: Readonly<Record<Fate, { readonly word: string; readonly tone: Tone }>> = {
  done: { word: 'done', tone: 'good' },
  failed: { word: 'failed', tone: 'bad' },
  skipped: { word: 'skipped', tone: 'warn' },
  'taken-back': { word: 'taken back', tone: 'warn' },
  'must-not': { word: 'must not be restored', tone: 'warn' },
  'not-taken-back': { word: 'left as it is', tone: 'bad' },
  open: { word: 'open', tone: 'warn' },
  approved: { word: 'approved', tone: 'good' },
  rejected: { word: 'rejected', tone: 'bad' },
  passed: { word: 'passed', tone: 'good' },
  'not-reached': { word: 'not reached', tone: 'quiet' },
};
