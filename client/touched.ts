/** What a plan would touch, as an approver asks it. Pure. */
import { type PlanCore, stepsOf } from '../kernel/plan/plan.ts';

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
