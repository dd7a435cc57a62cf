/** The instants of a run that matter: what the picture marks with a line, and Markdown with a list. */

import { stepsOf } from '../../kernel/plan/plan.ts';
import type { RunRecord } from '../../kernel/run/record.ts';

export interface Moment {
  readonly at: number;
  readonly say: string;
  readonly tone: 'bad' | 'good' | 'plain';
}

/** Where the clock of the report starts: at the fault where it was measured, else at the run's start. */
export function zeroOf({ measured, state }: RunRecord): { readonly at: number; readonly say: string } {
  const { faultAt } = measured;
  return faultAt === null ? { at: state.startedAt, say: 'the start' } : { at: faultAt, say: 'the fault' };
}

/** In order of time. */
export function momentsOf(record: RunRecord): Moment[] {
  const { measured, state } = record;
  const moments: Moment[] = [{ at: state.startedAt, say: 'started', tone: 'plain' }];
  const add = (at: number | null, say: string, tone: Moment['tone']): void => {
    if (at !== null) moments.push({ at, say, tone });
  };
  add(measured.faultAt, 'fault', 'bad');
  for (const { kind, at } of state.timeline) {
    if (kind === 'gate') add(at, 'gate open', 'plain');
    if (kind === 'replanned') add(at, 'planned again', 'plain');
    if (kind === 'pivot') add(at, 'point of no return', 'plain');
  }
  for (const { decision } of state.decisions) {
    if (decision.override !== undefined) add(decision.at, 'break-glass', 'bad');
  }
  add(measured.approvedAt, 'approved', 'good');
  add(measured.recoveredAt, 'recovered', 'good');
  add(state.endedAt, 'end', 'plain');
  return moments.sort((a, b) => a.at - b.at);
}

/** By id of each step: whether it is part of the recovery, as the plan says, only reads (a proof), or changes else. */
export function stepKinds({ plan }: RunRecord): { readonly [id: string]: 'recovery' | 'proof' | 'change' } {
  const recovery = new Set(plan?.core.measuredBy.recovery);
  return Object.fromEntries(
    (plan?.core.entries ?? [])
      .flatMap(stepsOf)
      .map(({ id, entry, call }) => [
        id,
        recovery.has(entry) ? 'recovery' : call.effect === 'read' ? 'proof' : 'change',
      ]),
  );
}
