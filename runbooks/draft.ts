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
import type { Blocker, Bound, Call, EachEntry, Entry, Plan, PlanView, Undo } from '../kernel/plan/plan.ts';
import type { Scope } from '../kernel/plan/scope.ts';
import type { AnyDraft } from './steps/contract.ts';

interface EachDraft {
  readonly kind: 'each';
  readonly parallel: number;
  readonly targets: { readonly [target: string]: AnyDraft };
}
interface GateDraft {
  readonly kind: 'gate';
  readonly title: string;
  readonly tier: string;
  readonly bounds: readonly Bound[];
}
interface HoldDraft {
  readonly kind: 'hold';
  readonly title: string;
  readonly samples: readonly AnyDraft[];
  readonly every: number;
  readonly for: number;
  readonly onFailure: 'undo-previous-and-ask' | 'ask';
}
interface PivotDraft {
  readonly kind: 'pivot';
}

export type Item = AnyDraft | EachDraft | GateDraft | HoldDraft | PivotDraft;

export interface PhaseDraft {
  readonly title: string;
  /** Scopes to acquire beyond those of the phase's own steps: a gate holds early what its run will change. */
  readonly scopes: readonly Scope[];
  readonly items: readonly Item[];
}

/** What a planner returns; everything but `phases` and `blockers` is for people to read. */
export interface PlanDraft {
  readonly headline: string;
  readonly facts: PlanView['facts'];
  readonly leftOut: PlanView['leftOut'];
  readonly warnings: readonly string[];
  readonly measures: PlanView['measures'];
  readonly blockers: readonly Blocker[];
  readonly phases: readonly PhaseDraft[];
}

/** Steps that belong together; its steps' scopes are acquired when it begins. */
export function phase(title: string, ...items: readonly Item[]): PhaseDraft {
  return { title, scopes: [], items };
}

/** Waits for people. The scopes are held from here on, so that a second run of them is refused at once (I3). */
export function gate(
  title: string,
  options: { tier: string; bounds?: readonly Bound[]; scopes: readonly Scope[] },
): PhaseDraft {
  const item: GateDraft = { kind: 'gate', title, tier: options.tier, bounds: options.bounds ?? [] };
  return { title: 'Approve', scopes: options.scopes, items: [item] };
}

/** Waits while health is sampled; lengths in milliseconds, from the estate. */
export function holdItem(
  title: string,
  options: {
    samples: readonly AnyDraft[];
    every: number;
    for: number;
    onFailure: HoldDraft['onFailure'];
  },
): HoldDraft {
  return { kind: 'hold', title, ...options };
}

/** A hold that is a phase of its own, such as a commit window. */
export function hold(title: string, options: Parameters<typeof holdItem>[1]): PhaseDraft {
  return { title, scopes: [], items: [holdItem(title, options)] };
}

/** After it a run goes forward only. */
export function pivot(): PhaseDraft {
  return { title: 'Point of no return', scopes: [], items: [{ kind: 'pivot' }] };
}

/** The same kind of step on many targets; one target alone is a plain step. */
export function each(targets: { readonly [target: string]: AnyDraft }, parallel = 1): Item[] {
  const drafts = Object.values(targets);
  if (drafts.length <= 1) return drafts;
  return [{ kind: 'each', parallel, targets }];
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
    limits: contract.limits,
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
    const drafts = 'contract' in item ? [item] : item.kind === 'each' ? Object.values(item.targets) : [];
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

/** Gives every entry its id by position and resolves tiers, people, scopes and queues from the estate. */
export function compile({ estate, estateDigest, runbook, version, input, draft }: CompileInput): Plan {
  const words: Words = { says: {}, undoSays: {} };
  const phases = draft.phases.filter(({ items }) => items.length > 0);
  const entries = phases.flatMap((one, phaseIndex) =>
    one.items.map((item, position): Entry => {
      const at = { id: `${phaseIndex + 1}.${position + 1}`, phase: phaseIndex };
      return entryOf(item, at, estate, words);
    }),
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
      phases: phases.map((one) => ({ title: one.title, scopes: scopesOf(one, estate) })),
      entries,
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
    },
  };
}

/** The sentences of a plan, by the id of what they are about. */
interface Words {
  readonly says: { [id: string]: string };
  readonly undoSays: { [id: string]: string };
}

function sayStep({ contract, args }: AnyDraft, id: string, { says, undoSays }: Words): void {
  says[id] = contract.say(args);
  const undo = contract.undo?.(args);
  if (undo && 'contract' in undo) undoSays[id] = undo.contract.say(undo.args);
}

function entryOf(item: Item, at: { id: string; phase: number }, estate: Estate, words: Words): Entry {
  const { says } = words;
  if ('contract' in item) {
    sayStep(item, at.id, words);
    return { kind: 'step', ...at, call: callOf(item, estate), undo: undoOf(item, estate) };
  }
  switch (item.kind) {
    case 'each': {
      return eachOf(item, at, estate, words);
    }
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
    sayStep(draft, `${at.id}@${target}`, words);
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
  says[at.id] = `${says[`${at.id}@${first.target}`]}, and ${drafted.length - 1} more`;
  const { step, effect, limits } = first.call;
  return {
    kind: 'each',
    ...at,
    parallel: item.parallel,
    step,
    effect,
    limits,
    undo: first.undo.kind === 'call' ? { kind: 'none' } : first.undo,
    targets: drafted.map(({ target, call: { args, scope, queue }, undo }) => ({
      target,
      args,
      scope,
      queue,
      ...(undo.kind === 'call' ? { undo: undo.call } : {}),
    })),
  };
}
