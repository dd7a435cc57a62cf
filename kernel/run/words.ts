/** The words for what a run is in and what came of its steps; a skin adds its tone, its case and its markup. */

import { formatDuration } from '../duration.ts';
import { asClause } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Bound, HoldEntry, Plan, PlanView } from '../plan/plan.ts';
import { hasEnded, type RunStatus, type RunView, type TimelineItem } from './state.ts';

/**
 * Each status as a person would say it, also of a run that could not be asked; short enough for lists. Each begins with the
 * status itself, which is the word that `docs/operating.md` explains.
 */
export const STATUS_WORDS: { readonly [status in RunStatus | 'unknown']: string } = {
  planning: 'planning',
  gate: 'gate: waits for approval',
  running: 'running',
  holding: 'holding: health is watched',
  paused: 'paused',
  question: 'question: asks what to do',
  undoing: 'undoing: takes back what it changed',
  done: 'done',
  planned: 'planned: nothing was changed',
  refused: 'refused',
  rejected: 'rejected',
  expired: 'expired before it was approved',
  aborted: 'aborted',
  stopped: 'stopped where it stands',
  unknown: 'not known',
};

export const OUTCOME_WORDS: { readonly [outcome in NonNullable<TimelineItem['outcome']>]: string } = {
  ok: 'ok',
  failed: 'failed',
  skipped: 'skipped',
  owed: 'owed',
  'must-not': 'must not be restored',
};

/** What a run was asked, as a person types it: `failover from=us-central1 --ungraceful`. */
export function requestText(runbook: string, input: JsonObject): string {
  const words = Object.entries(input).map(([key, value]) => (value === true ? `--${key}` : `${key}=${String(value)}`));
  return [runbook, ...words].join(' ');
}

/** A value of a bound or its limit: `1 min`, `40 %`, `3`. */
export function boundText(value: number, { unit }: Pick<Bound, 'unit'>): string {
  if (unit === 'ms') return formatDuration(value);
  return unit === 'percent' ? `${value} %` : String(value);
}

/** A fact's value, with since when it is so where that is known; `timeText` tells a time as the skin does. */
export function factText({ value, since }: PlanView['facts'][number], timeText: (ms: number) => string): string {
  return since === undefined ? value : `${value}, since ${timeText(since)}`;
}

/** How long a hold watches, and what it does when health is bad. */
export function holdText({ every, for: lengthMs, samples, atLeast, patience, onFailure }: HoldEntry): string {
  const count = `${samples.length} ${samples.length === 1 ? 'sample' : 'samples'}`;
  const requests = `${atLeast} ${atLeast === 1 ? 'request' : 'requests'}`;
  const watch = `watch ${count} every ${formatDuration(every)} for ${formatDuration(lengthMs)}`;
  const more = `and up to ${formatDuration(patience)} more until ${requests} of each are measured`;
  const after = onFailure === 'ask' ? 'people are asked' : 'the step before is undone and people are asked';
  return `${watch}, ${more}; on bad health ${after}`;
}

/**
 * That people asked for a pause, and whether the run stands still already or when it will: one sentence without its full
 * stop. Undefined where none is asked for, or the run has ended.
 */
export function pauseText(
  { status, paused }: Pick<RunView, 'status' | 'paused'>,
  nameOf: (person: string) => string,
): string | undefined {
  if (paused === null || hasEnded({ status })) return undefined;
  const why = paused.reason === '' ? '' : ` (${asClause(paused.reason)})`;
  if (status === 'paused') return `Paused by ${nameOf(paused.by)}${why}`;
  return `${nameOf(paused.by)} asked for a pause${why}; it begins ${PAUSE_BEGINS[status] ?? 'before the next step'}`;
}

const PAUSE_BEGINS: { readonly [status in RunStatus]?: string } = {
  question: 'when the question is answered, before anything more is done',
  undoing: 'only after what is being taken back',
};

type Next = NonNullable<PlanView['next']>;

/** The command that starts it, as people type it: `run failback region=us-central1`. */
export function nextText({ runbook, input }: Pick<Next, 'runbook' | 'input'>): string {
  return `run ${requestText(runbook, input)}`;
}

/**
 * What comes next after a run, with the command as people type it: what its plan says where it is done, else what it left
 * first; undefined where nothing does.
 */
export function nextAfter(
  { view }: Pick<Plan, 'view'>,
  { status, request, left = [] }: Pick<RunView, 'status' | 'request'> & Partial<Pick<RunView, 'left'>>,
): (Next & { readonly command: string }) | undefined {
  if (request.mode !== 'live' || !['done', 'aborted', 'stopped'].includes(status)) return undefined;
  const next = (status === 'done' ? view.next : undefined) ?? nextOf(left);
  return next && { ...next, command: nextText(next) };
}

function nextOf(left: RunView['left']): Next | undefined {
  for (const { advice } of left) if (advice?.next !== undefined) return { say: advice.say, ...advice.next };
  return undefined;
}
