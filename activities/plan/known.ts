/**
 * Plans that this worker has hashed and checked itself, so that a run of thousands of steps sends its plan once and then
 * only its hash.
 *
 * Must never happen: a plan is known by a hash that somebody told. Each is filed under the hash that was computed here of
 * its own content (I2); a worker that was replaced, or a second one, simply does not know it yet.
 */
import { checkPlan } from '../../kernel/plan/check-plan.ts';
import { type Call, type GateEntry, gateOf, type PlanCore, planHash, stepsOf } from '../../kernel/plan/plan.ts';

/** Some runs at a time, each with a plan or two; the largest has a megabyte. */
const MAX_KNOWN = 8;

export interface FoundStep {
  readonly call: Call;
  readonly undo: Call | undefined;
  /** The gate that covers it. */
  readonly gate: GateEntry | undefined;
}

export interface KnownPlan {
  readonly hash: string;
  readonly core: PlanCore;
  /** As of `checkPlan`. */
  readonly problems: readonly string[];
  readonly find: (stepId: string) => FoundStep | undefined;
}

export interface KnownPlans {
  /** Hashes and checks a plan, and keeps it. */
  learn(core: PlanCore): KnownPlan;
  recall(hash: string): KnownPlan | undefined;
}

/** The least recently used goes first. */
export function knownPlans(): KnownPlans {
  const known = new Map<string, KnownPlan>();
  const keep = (one: KnownPlan): KnownPlan => {
    known.delete(one.hash);
    known.set(one.hash, one);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    return one;
  };
  const recall = (hash: string): KnownPlan | undefined => {
    const one = known.get(hash);
    return one && keep(one);
  };
  return {
    recall,
    learn(core) {
      const problems = checkPlan(core);
      // What breaks the rules may have any shape; it is not worth keeping.
      if (problems.length > 0) return { hash: '', core, problems, find: () => undefined };
      const hash = planHash(core);
      return recall(hash) ?? keep({ hash, core, problems, find: finderOf(core) });
    },
  };
}

function finderOf(core: PlanCore): KnownPlan['find'] {
  const steps = new Map(
    core.entries.flatMap((entry, position) =>
      stepsOf(entry).map(({ id, call, undo }): [string, FoundStep] => [
        id,
        { call, undo: undo.kind === 'call' ? undo.call : undefined, gate: gateOf(core, position) },
      ]),
    ),
  );
  return (stepId) => steps.get(stepId);
}
