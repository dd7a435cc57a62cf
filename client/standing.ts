/**
 * What an approver asks of a plan: what would it touch, who may decide, who is missing. Pure; both skins show it.
 *
 * It only explains: whether a decision counts is decided by the run, and again by the permit signer (I2).
 */
import { type GateStanding, gateStanding } from '../kernel/decision/decision.ts';
import { isPolicyRequester } from '../kernel/decision/policy.ts';
import { type GateEntry, type Plan, type PlanCore, stepsOf } from '../kernel/plan/plan.ts';
import type { RunView } from '../kernel/run/state.ts';

/** What a plan would do to one scope, such as one load balancer. */
export interface Touched {
  readonly scope: string;
  readonly changes: number;
  readonly destroys: number;
  /** Those that are not taken back: they have no undo, or stand after the point of no return. */
  readonly irreversible: number;
}

/** By scope, in the order of the plan; reads touch nothing. */
export function touchedBy(core: PlanCore): readonly Touched[] {
  const touched = new Map<string, { changes: number; destroys: number; irreversible: number }>();
  const pivot = core.entries.findIndex(({ kind }) => kind === 'pivot');
  const steps = core.entries.flatMap((one, position) =>
    stepsOf(one).map((step) => ({ ...step, final: pivot !== -1 && position > pivot })),
  );
  for (const { call, undo, final } of steps) {
    if (call.effect === 'read') continue;
    const scope = call.scope ?? 'no scope';
    const one = touched.get(scope) ?? { changes: 0, destroys: 0, irreversible: 0 };
    if (call.effect === 'change') one.changes += 1;
    else one.destroys += 1;
    if (final || undo.kind !== 'call') one.irreversible += 1;
    touched.set(scope, one);
  }
  return [...touched].map(([scope, counts]) => ({ scope, ...counts }));
}

/** The gate that is open, or that the run would meet next; undefined when none is left. */
export function gateAhead(core: PlanCore, view?: Pick<RunView, 'gate' | 'cursor'>): GateEntry | undefined {
  const gates = core.entries.filter((one) => one.kind === 'gate');
  if (view?.gate) return gates.find(({ id }) => id === view.gate?.id);
  return core.entries.slice(view?.cursor ?? 0).find((one) => one.kind === 'gate');
}

export interface Standing extends GateStanding {
  readonly gate: GateEntry;
  /** Who may still approve: approvers but the requester and those who have. */
  readonly mayApprove: readonly string[];
  /** Milliseconds since 1970; undefined while the gate is not open. */
  readonly expiresAt: number | undefined;
}

/** Where the open or next gate stands; undefined when the plan has none ahead, or a policy stands in people's place. */
export function standingOf({ core }: Plan, view: RunView): Standing | undefined {
  const gate = gateAhead(core, view);
  if (!gate || isPolicyRequester(view.request.requester)) return undefined;
  const { requester } = view.request;
  const { attempt, planHash } = view;
  const overridable = core.blockers.filter((one) => one.overridable).map(({ rule }) => rule);
  const found = gateStanding(gate, view.decisions, { attempt, planHash, requester, bots: core.bots, overridable });
  const hard = core.blockers.filter((one) => !one.overridable).map(({ say }) => say);
  const standing: GateStanding =
    found.state === 'approved' && hard.length > 0 ? { ...found, state: 'open', missing: hard } : found;
  const people = gate.approvers.map(({ person }) => person);
  const mayApprove = people.filter((person) => person !== requester && !standing.approvedBy.includes(person));
  return { ...standing, gate, mayApprove, expiresAt: view.gate?.expiresAt };
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Whole percent; 100 only when all is done. */
  readonly percent: number;
  readonly phases: readonly PhaseProgress[];
}

export interface PhaseProgress {
  readonly title: string;
  readonly state: 'done' | 'now' | 'to come';
  readonly done: number;
  readonly total: number;
}

/** Steps that are done of all steps, in the whole and by phase; gates, holds and pivots are no steps. */
export function progressOf({ core }: Plan, view: Pick<RunView, 'cursor' | 'done' | 'status'>): Progress {
  const done = new Set(view.done);
  const ended = view.status === 'done';
  const current = core.entries[view.cursor]?.phase ?? core.phases.length;
  const phases = core.phases.map(({ title }, index): PhaseProgress => {
    const steps = core.entries.flatMap((one, position) =>
      one.phase === index ? stepsOf(one).map(({ id }) => ended || position < view.cursor || done.has(id)) : [],
    );
    const state = ended || index < current ? 'done' : index === current ? 'now' : 'to come';
    return { title, state, done: steps.filter(Boolean).length, total: steps.length };
  });
  const total = phases.reduce((sum, one) => sum + one.total, 0);
  const count = phases.reduce((sum, one) => sum + one.done, 0);
  const percent = ended ? 100 : total === 0 ? 0 : Math.min(99, Math.floor((count / total) * 100));
  return { done: count, total, percent, phases };
}
