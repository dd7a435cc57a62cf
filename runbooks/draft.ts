/**
 * The words a runbook is written in (`phase`, `gate`, `hold`, `pivot`, `each`) and their translation into a plan.
 *
 * Pure: the same estate, input and evidence always give the same core, and so the same hash.
 */
import { glassBreakers, tierOf } from '../estate/approvals/questions.ts';
import { botKeys, decidersOf } from '../estate/people/questions.ts';
import type { Estate } from '../estate/schema.ts';
import { refusal } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { partCalls } from '../kernel/plan/common.ts';
import {
  type Blocker,
  type Bound,
  type Call,
  type EachEntry,
  type Entry,
  type Limits,
  type MeasuredBy,
  type Plan,
  type PlanView,
  stepsOf,
  type Undo,
  type WayBack,
} from '../kernel/plan/plan.ts';
import type { Scope } from '../kernel/plan/scope.ts';
import { type AnyDraft, limitsOf } from './steps/contract.ts';

/** What stands in a phase. `name` says it within the phase; empty where the phase has nothing else. */
interface Named {
  readonly name: string;
}
interface StepDraft extends Named {
  readonly kind: 'step';
  readonly draft: AnyDraft;
  readonly bestEffort?: true;
}
interface EachDraft extends Named {
  readonly kind: 'each';
  readonly parallel: number;
  readonly bestEffort?: true;
  readonly targets: { readonly [target: string]: AnyDraft };
}
interface GateDraft extends Named {
  readonly kind: 'gate';
  readonly title: string;
  readonly tier: string;
  readonly bounds: readonly Bound[];
}
export interface HoldDraft extends Named {
  readonly kind: 'hold';
  readonly title: string;
  readonly samples: readonly AnyDraft[];
  readonly every: number;
  readonly for: number;
  readonly atLeast: number;
  readonly patience: number;
  readonly onFailure: 'undo-previous-and-ask' | 'ask';
}
interface PivotDraft extends Named {
  readonly kind: 'pivot';
}

export type Item = StepDraft | EachDraft | GateDraft | HoldDraft | PivotDraft;

export interface PhaseDraft {
  /** Names the phase, and with it its entries, whatever stands before it: `shift`. */
  readonly id: string;
  readonly title: string;
  /** Scopes to acquire beyond those of the phase's own steps: a gate holds early what its run will change. */
  readonly scopes: readonly Scope[];
  readonly items: readonly Item[];
}

/** What the run is measured by; see `MeasuredBy` of kernel/plan/plan.ts. */
export interface MeasuredDraft {
  /** Names of probes; {@link membersOf} gives those of a group. */
  readonly fault: readonly string[];
  readonly loss: readonly string[];
  readonly expectedLoss: string | null;
  /** The phase whose changes are the recovery. */
  readonly recovery: string;
}

/** What a planner returns; what is not in a plan's core is for people to read. */
export interface PlanDraft {
  readonly headline: string;
  readonly facts: PlanView['facts'];
  readonly leftOut: PlanView['leftOut'];
  readonly warnings: readonly string[];
  readonly measures: PlanView['measures'];
  /** What people do after it, as a sentence without its end that leads to the command. */
  readonly next?: NonNullable<PlanView['next']>;
  /** By the id of a phase: what it means, and what to do, where its steps were left undone, or not taken back. */
  readonly ifLeft?: NonNullable<PlanView['ifLeft']>;
  readonly measuredBy: MeasuredDraft;
  /** What brings everything back when its destination fails on the way; see `WayBack` of kernel/plan/plan.ts. */
  readonly wayBack?: WayBack;
  readonly blockers: readonly Blocker[];
  readonly phases: readonly PhaseDraft[];
}

/** Names of the probes of a group, as evidence has them: `outage/main`. */
export function membersOf(group: string, evidence: { readonly [member: string]: unknown }): string[] {
  return Object.keys(evidence).map((member) => `${group}/${member}`);
}

/** Steps that belong together; its steps' scopes are acquired when it begins. */
export function phase(id: string, title: string, ...items: readonly Item[]): PhaseDraft {
  return { id, title, scopes: [], items };
}

/** Waits for people. The scopes are held from here on, so that a second run of them is refused at once (I3). */
export function gate(
  id: string,
  title: string,
  options: { tier: string; bounds?: readonly Bound[]; scopes: readonly Scope[] },
): PhaseDraft {
  const item: GateDraft = { kind: 'gate', name: '', title, tier: options.tier, bounds: options.bounds ?? [] };
  return { id, title: 'Approve', scopes: options.scopes, items: [item] };
}

type HoldOptions = Omit<HoldDraft, 'kind' | 'name' | 'title'>;

/** Waits while health is sampled; lengths in milliseconds, from the estate. */
export function holdItem(name: string, title: string, options: HoldOptions): HoldDraft {
  return { kind: 'hold', name, title, ...options };
}

/** A hold that is a phase of its own, such as a commit window. */
export function hold(id: string, title: string, options: HoldOptions): PhaseDraft {
  return phase(id, title, holdItem('', title, options));
}

/** After it a run goes forward only. */
export function pivot(): PhaseDraft {
  return phase('pivot', 'Point of no return', { kind: 'pivot', name: '' });
}

/** One step, by a name within its phase. */
export function stepItem(name: string, draft: AnyDraft): Item {
  return { kind: 'step', name, draft };
}

/**
 * The same kind of step on many targets. One target alone is a plain step with the same id, so that a second load balancer
 * does not rename the first one's steps.
 */
export function each(
  targets: { readonly [target: string]: AnyDraft },
  {
    parallel = 1,
    name = '',
    ...how
  }: { readonly parallel?: number; readonly name?: string; readonly bestEffort?: true } = {},
): Item[] {
  const drafts = Object.entries(targets);
  const [only] = drafts;
  if (!only) return [];
  if (drafts.length === 1) return [{ kind: 'step', name: below(name, only[0]), draft: only[1], ...how }];
  return [{ kind: 'each', name, parallel, targets, ...how }];
}

function below(name: string, more: string): string {
  return [name, more].filter((part) => part !== '').join('/');
}

/** A drafted call as data, complete for the executor. @throws LifeboatError `bad-arguments`. */
export function callOf({ contract, args }: AnyDraft, estate: Estate): Call {
  const parsed = contract.args.safeParse(args);
  if (!parsed.success) {
    throw refusal(
      'bad-arguments',
      `A planner drafted ${contract.name} with wrong arguments.`,
      contract.name,
      'Report this: it is a defect of the runbook.',
    );
  }
  return {
    step: contract.name,
    effect: contract.effect,
    args: parsed.data as JsonObject,
    scope: contract.scope?.(args, estate) ?? null,
    queue: contract.queue(args, estate),
    limits: limitsOf(contract, args),
  };
}

function undoOf({ contract, args }: AnyDraft, estate: Estate): Undo {
  const undo = contract.undo?.(args);
  if (!undo) return { kind: 'none' };
  if ('irreversible' in undo) return { kind: 'irreversible', because: undo.irreversible };
  return { kind: 'call', call: callOf(undo, estate) };
}

function scopesOf(draft: PhaseDraft, estate: Estate): string[] {
  const own = draft.items.flatMap((item) => {
    const drafts = item.kind === 'step' ? [item.draft] : item.kind === 'each' ? Object.values(item.targets) : [];
    return drafts.flatMap(({ contract, args }) => contract.scope?.(args, estate) ?? []);
  });
  return [...new Set([...draft.scopes, ...own])].sort();
}

export interface CompileInput {
  readonly estate: Estate;
  readonly estateDigest: string;
  readonly runbook: string;
  readonly version: number;
  readonly input: JsonObject;
  readonly draft: PlanDraft;
}

/** Gives every entry its id and resolves tiers, people, scopes and queues from the estate. */
export function compile({ estate, estateDigest, runbook, version, input, draft }: CompileInput): Plan {
  const words: Words = { says: {}, undoSays: {} };
  const phases = draft.phases.filter(({ items }) => items.length > 0);
  const entries = phases.flatMap((one, phaseIndex) =>
    one.items.map((item) => entryOf(item, { id: below(one.id, item.name), phase: phaseIndex }, estate, words)),
  );
  return {
    core: {
      v: 1,
      runbook,
      version,
      input,
      estate: estate.name,
      estateDigest,
      objectives: estate.objectives[runbook] ?? null,
      phases: phases.map((one) => ({ id: one.id, title: one.title, scopes: scopesOf(one, estate) })),
      entries,
      measuredBy: measuredByOf(draft.measuredBy, phases, entries),
      ...(draft.wayBack ? { wayBack: draft.wayBack } : {}),
      blockers: [...draft.blockers],
      operators: decidersOf(estate, 'operator'),
      bots: botKeys(estate),
      breakGlass: {
        people: glassBreakers(estate),
        personalKey: estate.approvals.breakGlass.personalKey,
      },
    },
    view: {
      headline: draft.headline,
      ...words,
      facts: draft.facts,
      leftOut: draft.leftOut,
      warnings: [...draft.warnings],
      measures: draft.measures,
      ...(draft.next === undefined ? {} : { next: draft.next }),
      ...(draft.ifLeft === undefined ? {} : { ifLeft: draft.ifLeft }),
    },
  };
}

/** The recovery is every change of its phase: which of them a plan has, only the compiled entries say. */
function measuredByOf(
  { fault, loss, expectedLoss, recovery }: MeasuredDraft,
  phases: readonly PhaseDraft[],
  entries: readonly Entry[],
): MeasuredBy {
  const changes = entries.filter(
    (one) => phases[one.phase]?.id === recovery && stepsOf(one).some(({ call }) => call.effect !== 'read'),
  );
  return { fault: [...fault], loss: [...loss], expectedLoss, recovery: changes.map(({ id }) => id) };
}

/** The sentences of a plan, by the id of what they are about. */
interface Words {
  readonly says: { [id: string]: string };
  readonly undoSays: { [id: string]: string };
}

function sayStep(
  { contract, args }: AnyDraft,
  id: string,
  { says, undoSays }: Words,
  { bestEffort }: Pick<StepDraft, 'bestEffort'>,
): void {
  says[id] = `${contract.say(args)}${bestEffort ? ', if it answers by then' : ''}`;
  const undo = contract.undo?.(args);
  if (undo && 'contract' in undo) undoSays[id] = undo.contract.say(undo.args);
}

function entryOf(item: Item, at: { id: string; phase: number }, estate: Estate, words: Words): Entry {
  const { says } = words;
  switch (item.kind) {
    case 'step':
      sayStep(item.draft, at.id, words, item);
      return {
        kind: 'step',
        ...at,
        call: callOf(item.draft, estate),
        undo: undoOf(item.draft, estate),
        ...howOf(item),
      };
    case 'each':
      return eachOf(item, at, estate, words);
    case 'gate': {
      says[at.id] = item.title;
      const { approvals, personalKeys, botSuffices, expires } = tierOf(estate, item.tier);
      const tier = { name: item.tier, approvals, personalKeys, botSuffices, expires };
      return {
        kind: 'gate',
        ...at,
        title: item.title,
        tier,
        approvers: decidersOf(estate, 'approver'),
        bounds: [...item.bounds],
      };
    }
    case 'hold': {
      says[at.id] = item.title;
      const samples = item.samples.map((sample) => callOf(sample, estate));
      return {
        kind: 'hold',
        ...at,
        title: item.title,
        samples,
        every: item.every,
        for: item.for,
        atLeast: item.atLeast,
        patience: item.patience,
        onFailure: item.onFailure,
      };
    }
    case 'pivot':
      says[at.id] = 'From here on the run goes forward only';
      return { kind: 'pivot', ...at };
  }
}

/** @throws LifeboatError `mixed-each` when the targets are not all of one kind of step. */
function eachOf(item: EachDraft, at: { id: string; phase: number }, estate: Estate, words: Words): EachEntry {
  const { says } = words;
  const drafted = Object.entries(item.targets).map(([target, draft]) => {
    sayStep(draft, `${at.id}/${target}`, words, item);
    return { target, call: callOf(draft, estate), undo: undoOf(draft, estate) };
  });
  const [first] = drafted;
  if (!first || drafted.some(({ call }) => call.step !== first.call.step)) {
    throw refusal(
      'mixed-each',
      'A planner drafted an Each of different steps.',
      at.id,
      'Report this: it is a defect of the runbook.',
    );
  }
  says[at.id] = `${says[`${at.id}/${first.target}`]}, and ${drafted.length - 1} more`;
  const { step, effect } = first.call;
  const limits = longest(drafted.map(({ call }) => call.limits));
  const { common, own } = partCalls(drafted.map(({ call }) => call));
  return {
    kind: 'each',
    ...at,
    parallel: item.parallel,
    ...howOf(item),
    step,
    effect,
    limits,
    undo: first.undo.kind === 'call' ? { kind: 'none' } : first.undo,
    common,
    targets: drafted.map(({ target, undo }, index) => ({
      target,
      args: {},
      ...own[index],
      ...(undo.kind === 'call' ? { undo: undo.call } : {}),
    })),
  };
}

const howOf = ({ bestEffort }: StepDraft | EachDraft): { bestEffort?: true } => (bestEffort ? { bestEffort } : {});

/** Of targets that take differently long, what suffices for each. */
function longest(all: readonly Limits[]): Limits {
  const most = (of: (one: Limits) => number): number => Math.max(...all.map(of));
  return {
    startToClose: most((one) => one.startToClose),
    heartbeat: most((one) => one.heartbeat),
    tries: most((one) => one.tries),
  };
}
