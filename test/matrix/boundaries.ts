/** Where a run can be disturbed: every call that it makes, from the first probe to the last record. */
import { type Entry, type PlanCore, stepsOf } from '../../kernel/plan/plan.ts';
import { stepCallOf } from '../workflows/harness/disturb.ts';
import type { Scenario } from './scenario.ts';

/**
 * When a probe is read: for the first plan, again while the gate is open, again because it was old at the approval, and
 * once more for the report when all is done.
 */
export const PROBE_TIMES = ['planning', 'gate', 'approval', 'end'] as const;
export type ProbeTime = (typeof PROBE_TIMES)[number];

export type Boundary =
  | { readonly at: 'step'; readonly id: string; readonly direction: 'do' | 'undo'; readonly reads: boolean }
  | { readonly at: 'hold'; readonly id: string }
  | { readonly at: 'probe'; readonly name: string; readonly when: ProbeTime }
  | { readonly at: 'control'; readonly name: string };

export const CONTROL: readonly string[] = [
  'run.open',
  'run.plan',
  'run.permits',
  'lease.acquire',
  'lease.release',
  'run.record',
];

/** What an undisturbed run tells of its boundaries. */
export interface Course {
  readonly core: PlanCore | null;
  /** Probes by name. */
  readonly probes: readonly string[];
  /** Steps that were taken back, by id. */
  readonly undone: readonly string[];
  /** What it called of the control queue. */
  readonly control: readonly string[];
}

/**
 * What an aborted run does forward is the same as another scenario's; only its undo and its control are its own. Of one that
 * turned, the evidence of the way back is fresh at its approval, because its scopes are held already, and what was taken
 * back was so before.
 */
export function boundariesOf({ abortAt, turn }: Scenario, { core, probes, undone, control }: Course): Boundary[] {
  const forward = abortAt === undefined;
  const times = turn ? PROBE_TIMES.filter((when) => when !== 'approval') : PROBE_TIMES;
  return [
    ...(forward ? probes.flatMap((name) => times.map((when): Boundary => ({ at: 'probe', name, when }))) : []),
    ...(forward ? (core?.entries ?? []).flatMap(boundariesIn) : []),
    ...(turn ? [] : undone).map((id): Boundary => ({ at: 'step', id, direction: 'undo', reads: false })),
    ...control.map((name): Boundary => ({ at: 'control', name })),
  ];
}

function boundariesIn(entry: Entry): Boundary[] {
  if (entry.kind === 'hold') return [{ at: 'hold', id: entry.id }];
  // What is best effort finds its region dead in every scenario: it never gets as far as an effect to disturb.
  const tries = (entry.kind === 'step' || entry.kind === 'each') && entry.bestEffort === true;
  return stepsOf(entry).map(({ id, call }) => ({
    at: 'step',
    id,
    direction: 'do',
    reads: tries || call.effect === 'read',
  }));
}

/** Boundaries of one sort are disturbed alike; a sample meets every sort. */
export function sortOf(boundary: Boundary): string {
  switch (boundary.at) {
    case 'step':
      return boundary.reads ? 'read' : boundary.direction;
    case 'hold':
      return 'hold';
    case 'probe':
      return `probe at ${boundary.when}`;
    case 'control':
      return boundary.name;
  }
}

export function placeOf(boundary: Boundary): string {
  switch (boundary.at) {
    case 'step':
      return `${boundary.direction} ${boundary.id}`;
    case 'hold':
      return `hold ${boundary.id}`;
    case 'probe':
      return `probe ${boundary.name} at ${boundary.when}`;
    case 'control':
      return boundary.name;
  }
}

type AnyCall = Parameters<typeof stepCallOf>[0];

/** Which of its calls is the disturbed one: a probe's first is for the plan, its second depends on the operator. */
export function ordinalOf(boundary: Boundary): number {
  return boundary.at === 'probe' && (boundary.when === 'gate' || boundary.when === 'approval') ? 2 : 1;
}

/** @param begun whether a step of the plan was called before: a probe that is read then is read for the report */
export function isAt(boundary: Boundary, call: AnyCall, begun: boolean): boolean {
  if (boundary.at === 'control') return call.name === boundary.name;
  const step = stepCallOf(call);
  if (!step) return false;
  if (boundary.at === 'probe') {
    return step.stepId === probeStep(boundary.name) && begun === (boundary.when === 'end');
  }
  const direction = boundary.at === 'hold' ? 'do' : boundary.direction;
  return step.stepId === boundary.id && step.direction === direction;
}

/**
 * Probes of the region that is left: what flaps there is no danger, and voids no approval. Not the canary's: a failback
 * without its word about the outage asks more of people, and that counts at once.
 */
export function isFlapping(boundary: Boundary): boolean {
  if (boundary.at !== 'probe' || (boundary.when !== 'gate' && boundary.when !== 'approval')) return false;
  return ['here/', 'ringHere/', 'users/'].some((group) => boundary.name.startsWith(group));
}

/** Whether it is a call of the plan's own, not one of the probes that it is made from. */
export function isOfPlan(call: AnyCall): boolean {
  const step = stepCallOf(call);
  return step !== undefined && !step.stepId.startsWith(probeStep(''));
}

function probeStep(name: string): string {
  return `probe:${name}`;
}
