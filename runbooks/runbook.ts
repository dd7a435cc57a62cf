/** What a runbook is: one idea, probe → plan, as pure functions. Acting, approving and proving are the executor's. */

import type { z } from 'zod';
import type { Estate } from '../estate/schema.ts';
import { asClause } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Evidence, EvidenceMap } from '../kernel/plan/evidence.ts';
import type { Call, Plan } from '../kernel/plan/plan.ts';
import { callOf, compile, type PlanDraft } from './draft.ts';
import type { AnyDraft, Draft } from './steps/contract.ts';

/** Probes by name; a group of probes of one kind is a record, whose evidence is named `group/member`. */
export type ProbeTree = { readonly [name: string]: AnyDraft | { readonly [member: string]: AnyDraft } };

type Answer<T> = T extends Draft<infer _A, infer R> ? Evidence<R> : never;

export type EvidenceOf<P extends ProbeTree> = {
  readonly [K in keyof P]: P[K] extends AnyDraft
    ? Answer<P[K]>
    : P[K] extends { readonly [member: string]: infer D }
      ? { readonly [member: string]: Answer<D> }
      : never;
};

/** Name, summary and input are those of `inputs/`: spread them in. */
export interface RunbookDefinition<I, X, P extends ProbeTree> {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType<I>;
  /** Raised when the same input and evidence would give another plan. */
  readonly version: number;
  /** Fills what was left open; refuses what cannot be, before anything is read (I12). */
  readonly resolve: (context: { estate: Estate; input: I }) => X;
  readonly probes: (context: { estate: Estate; input: X }) => P;
  readonly plan: (context: { estate: Estate; input: X; evidence: EvidenceOf<P>; now: number }) => PlanDraft;
}

/** A runbook with its types closed over: what the planning activity needs of any. */
export interface Runbook {
  readonly name: string;
  readonly version: number;
  readonly summary: string;
  readonly probes: (estate: Estate, input: JsonObject) => { readonly [name: string]: Call };
  readonly plan: (context: PlanContext) => Plan;
}

export interface PlanContext {
  readonly estate: Estate;
  readonly estateDigest: string;
  readonly input: JsonObject;
  readonly evidence: EvidenceMap;
  readonly now: number;
}

const isDraft = (node: AnyDraft | { readonly [member: string]: AnyDraft }): node is AnyDraft =>
  'contract' in node && typeof node.contract === 'object';

/** Closes a definition over its own types. */
export function runbook<I, X, P extends ProbeTree>(definition: RunbookDefinition<I, X, P>): Runbook {
  const resolved = (estate: Estate, input: JsonObject) =>
    definition.resolve({ estate, input: definition.input.parse(input) });
  return {
    name: definition.name,
    version: definition.version,
    summary: definition.summary,
    probes(estate, input) {
      const tree = definition.probes({ estate, input: resolved(estate, input) });
      const flat = Object.entries(tree).flatMap(([name, node]): [string, AnyDraft][] =>
        isDraft(node) ? [[name, node]] : Object.entries(node).map(([member, draft]) => [`${name}/${member}`, draft]),
      );
      return Object.fromEntries(flat.map(([name, draft]) => [name, callOf(draft, estate)]));
    },
    plan({ estate, estateDigest, input, evidence, now }) {
      const exact = resolved(estate, input);
      const tree = definition.probes({ estate, input: exact });
      const shaped = Object.fromEntries(
        Object.entries(tree).map(([name, node]) => [
          name,
          isDraft(node)
            ? evidenceAt(evidence, name)
            : Object.fromEntries(
                Object.keys(node).map((member) => [member, evidenceAt(evidence, `${name}/${member}`)]),
              ),
        ]),
      );
      // The shape was built from the same probe tree that the planner's type was inferred from.
      const draft = definition.plan({ estate, input: exact, evidence: shaped as EvidenceOf<P>, now });
      return compile({ estate, estateDigest, runbook: definition.name, version: definition.version, input, draft });
    },
  };
}

function evidenceAt(evidence: EvidenceMap, name: string): Evidence<unknown> {
  const one = evidence[name] ?? { ok: false, reason: 'was not probed', at: 0 };
  // Planners put it in the midst of their sentences; runs that began earlier kept whole messages.
  return one.ok ? one : { ...one, reason: asClause(one.reason) };
}
