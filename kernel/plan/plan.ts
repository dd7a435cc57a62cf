/**
 * A plan as data: what a dry run prints, what an approver signs, and what the executor carries out.
 *
 * `core` is what is signed: its hash is the plan hash. `view` is what helps people to read it (sentences, ages,
 * estimates); it may differ between two plans with the same hash, so nothing may ever be decided from it.
 * A step never consumes another step's result, and its arguments are absolute (I9).
 */
import { z } from 'zod';
import type { Json } from '../json.ts';
import { hashOf } from '../signing/hash.ts';
import { callOfTarget } from './common.ts';

const JsonValue: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(JsonValue), z.record(z.string(), JsonValue)]),
);

export const Effect = z.enum(['read', 'change', 'destroy']);
export type Effect = z.infer<typeof Effect>;

/** Milliseconds; `tries` counts the first attempt too. */
export const Limits = z.strictObject({
  startToClose: z.number().int().positive(),
  heartbeat: z.number().int().positive(),
  tries: z.number().int().min(1).max(20),
});
export type Limits = z.infer<typeof Limits>;

/** One call of a step, complete: the executor needs no contract to make it. */
export const Call = z.strictObject({
  step: z.string(),
  effect: Effect,
  args: z.record(z.string(), JsonValue),
  scope: z.string().nullable(),
  queue: z.string(),
  limits: Limits,
});
export type Call = z.infer<typeof Call>;

const NoUndo = z.strictObject({ kind: z.literal('none') });
const Irreversible = z.strictObject({ kind: z.literal('irreversible'), because: z.string() });

export const Undo = z.discriminatedUnion('kind', [
  NoUndo,
  z.strictObject({ kind: z.literal('call'), call: Call }),
  Irreversible,
]);
export type Undo = z.infer<typeof Undo>;

/**
 * An id names its entry (`shift/50`, `commit`), so that it stays the same when another is added before it; a phase's only
 * entry has the phase's own. The steps of an Each are named below it: `shift/50/items`.
 */
const entry = { id: z.string().min(1), phase: z.number().int().nonnegative() };

/** Tried for a moment; what fails is told as owed, and nobody is asked. Only where what it is for holds without it. */
const bestEffort = z.literal(true).optional();

export const StepEntry = z.strictObject({ kind: z.literal('step'), ...entry, call: Call, undo: Undo, bestEffort });
export type StepEntry = z.infer<typeof StepEntry>;

/** The same kind of step on many targets, `parallel` at a time; ids are `entry/target`, each with its own undo. */
export const EachEntry = z.strictObject({
  kind: z.literal('each'),
  ...entry,
  parallel: z.number().int().min(1),
  bestEffort,
  /** What all targets have in common stands once: a plan over a thousand nodes must stay small (common.ts). */
  step: z.string(),
  effect: Effect,
  limits: Limits,
  /** Of targets that have no `undo` of their own. */
  undo: z.discriminatedUnion('kind', [NoUndo, Irreversible]),
  common: z.strictObject({
    args: z.record(z.string(), JsonValue),
    scope: z.string().nullable(),
    /** How the queue of every target begins. */
    queue: z.string(),
  }),
  targets: z
    .array(
      z.strictObject({
        target: z.string(),
        /** Beside the common ones. */
        args: z.record(z.string(), JsonValue),
        /** Where it is another than the common one. */
        scope: z.string().nullable().optional(),
        /** How its queue ends. */
        queue: z.string().optional(),
        undo: Call.optional(),
      }),
    )
    .min(1),
});
export type EachEntry = z.infer<typeof EachEntry>;

export const Decider = z.strictObject({ person: z.string(), keys: z.array(z.string()) });
export type Decider = z.infer<typeof Decider>;

/** The rule of a gate, copied from the estate so that the plan's signature covers it. */
export const Tier = z.strictObject({
  name: z.string(),
  approvals: z.number().int().min(1),
  personalKeys: z.number().int().min(0),
  botSuffices: z.boolean(),
  expires: z.number().int().positive(),
});
export type Tier = z.infer<typeof Tier>;

/** What may move without a new question, and how far: `measure` is looked up in the plan's `view.measures`. */
export const Bound = z.strictObject({
  measure: z.string(),
  atMost: z.number(),
  unit: z.enum(['ms', 'count', 'percent']),
});
export type Bound = z.infer<typeof Bound>;

export const GateEntry = z.strictObject({
  kind: z.literal('gate'),
  ...entry,
  title: z.string(),
  tier: Tier,
  approvers: z.array(Decider),
  bounds: z.array(Bound),
});
export type GateEntry = z.infer<typeof GateEntry>;

export const HoldEntry = z.strictObject({
  kind: z.literal('hold'),
  ...entry,
  title: z.string(),
  samples: z.array(Call).min(1),
  every: z.number().int().positive(),
  for: z.number().int().nonnegative(),
  /** How many things (requests) each sample must have measured over the whole hold, for health to be known. */
  atLeast: z.number().int().nonnegative(),
  /** Milliseconds beyond `for` that measuring is waited for, before people are asked. */
  patience: z.number().int().nonnegative(),
  onFailure: z.enum(['undo-previous-and-ask', 'ask']),
});
export type HoldEntry = z.infer<typeof HoldEntry>;

export const PivotEntry = z.strictObject({ kind: z.literal('pivot'), ...entry });
export type PivotEntry = z.infer<typeof PivotEntry>;

export const Entry = z.discriminatedUnion('kind', [StepEntry, EachEntry, GateEntry, HoldEntry, PivotEntry]);
export type Entry = z.infer<typeof Entry>;

/** Something that must be mended or overridden by break-glass before the plan may be approved. */
export const Blocker = z.strictObject({ rule: z.string(), say: z.string(), overridable: z.boolean() });
export type Blocker = z.infer<typeof Blocker>;

/**
 * What a run of the plan is measured by, as names: the kernel knows no probe and no system. What each named probe answers
 * is read by `kernel/run/measures.ts`.
 */
export const MeasuredBy = z.strictObject({
  /** Probes that tell since when what is recovered was away. */
  fault: z.array(z.string()),
  /** Probes that tell how old the oldest acknowledged write is that is absent. */
  loss: z.array(z.string()),
  /** A measure of the view that counts as the loss where the probes gave none: what the approvers were shown. */
  expectedLoss: z.string().nullable(),
  /** Entries that are the recovery: it is there when the last of their steps is proven. */
  recovery: z.array(z.string()),
});
export type MeasuredBy = z.infer<typeof MeasuredBy>;

/**
 * What brings everything back when the place that it goes to fails on the way: the same run then plans this in place of
 * itself, from fresh evidence and for a new approval.
 */
export const WayBack = z.strictObject({
  /** As a button has it: `Give everything back to us-central1`. */
  say: z.string(),
  runbook: z.string(),
  input: z.record(z.string(), JsonValue),
  /** Id of the phase from whose first step on there is something to give back. */
  from: z.string(),
});
export type WayBack = z.infer<typeof WayBack>;

export const PlanCore = z.strictObject({
  v: z.literal(1),
  runbook: z.string(),
  version: z.number().int().positive(),
  input: z.record(z.string(), JsonValue),
  estate: z.string(),
  estateDigest: z.string(),
  objectives: z.strictObject({ rto: z.number(), rpo: z.number() }).nullable(),
  phases: z.array(z.strictObject({ id: z.string().min(1), title: z.string(), scopes: z.array(z.string()) })).min(1),
  entries: z.array(Entry).min(1),
  measuredBy: MeasuredBy,
  wayBack: WayBack.optional(),
  blockers: z.array(Blocker),
  /** Who may pause, resume, resolve and abort. */
  operators: z.array(Decider),
  /** Keys of the bots that may sign for a person whom Slack identified. */
  bots: z.array(z.string()),
  /** Who may break the glass; empty where the estate forbids it. */
  breakGlass: z.strictObject({ people: z.array(z.string()), personalKey: z.boolean() }),
});
export type PlanCore = z.infer<typeof PlanCore>;

/** What people do about something: the run that goes on from there; none where only looking helps. */
const Advice = z.strictObject({
  /** What it means that it is so, as a sentence without its end that leads to the command where there is one. */
  say: z.string(),
  next: z.strictObject({ runbook: z.string(), input: z.record(z.string(), JsonValue) }).optional(),
});
export type Advice = z.infer<typeof Advice>;

/** Of the steps of a phase, what an end in which they were left so comes to. */
const IfLeft = z.strictObject({
  /** Not done: skipped, or still owed. */
  undone: Advice.optional(),
  /** Done and not taken back, in a run that takes back. */
  kept: Advice.optional(),
});
export type IfLeft = z.infer<typeof IfLeft>;

export const PlanView = z.strictObject({
  headline: z.string(),
  /** Sentence of every entry (and of every target of an Each) by id. */
  says: z.record(z.string(), z.string()),
  /** What the undo of a step does, by the step's id, where it has one. */
  undoSays: z.record(z.string(), z.string()).optional(),
  /** The most urgent first; `since`: from when on it is so, in milliseconds since 1970. */
  facts: z.array(z.strictObject({ label: z.string(), value: z.string(), since: z.number().optional() })),
  /** What an undisturbed run would do and this one does not, and why. */
  leftOut: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  warnings: z.array(z.string()),
  /** Current value of each bound's measure; null is "not measured". */
  measures: z.record(z.string(), z.number().nullable()),
  /** What comes next once it is done: how it stays until then, and the run that goes on from there. */
  next: z.strictObject({ say: z.string(), runbook: z.string(), input: z.record(z.string(), JsonValue) }).optional(),
  /** By the id of a phase. */
  ifLeft: z.record(z.string(), IfLeft).optional(),
});
export type PlanView = z.infer<typeof PlanView>;

export interface Plan {
  readonly core: PlanCore;
  readonly view: PlanView;
}

/** The hash that approvers sign: SHA-256 over the RFC 8785 form of `core` only. */
export function planHash(core: PlanCore): string {
  return hashOf(core);
}

export interface PlannedStep {
  readonly id: string;
  /** Id of its entry; its own, where it is no target of an Each. */
  readonly entry: string;
  readonly phase: number;
  readonly call: Call;
  readonly undo: Undo;
}

/** The steps of an entry: one of a step, one per target of an Each, none of the others. */
export function stepsOf(one: Entry): PlannedStep[] {
  if (one.kind === 'step') return [{ id: one.id, entry: one.id, phase: one.phase, call: one.call, undo: one.undo }];
  if (one.kind !== 'each') return [];
  const { step, effect, limits } = one;
  return one.targets.map((target) => ({
    id: `${one.id}/${target.target}`,
    entry: one.id,
    phase: one.phase,
    call: { step, effect, limits, ...callOfTarget(one, target) },
    undo: target.undo === undefined ? one.undo : { kind: 'call', call: target.undo },
  }));
}

/** The gate that covers an entry: the last one before it. */
export function gateOf(core: PlanCore, position: number): GateEntry | undefined {
  return core.entries.slice(0, position).findLast((one) => one.kind === 'gate');
}

/** A bound is broken only by a measured value; "not measured" was shown to the approver as such. */
export function brokenBounds(gate: GateEntry, view: PlanView): Bound[] {
  return gate.bounds.filter(({ measure, atMost }) => {
    const value = view.measures[measure];
    return typeof value === 'number' && value > atMost;
  });
}
