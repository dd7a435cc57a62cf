/**
 * A plan's sentences as a run carries them: what is said of an Each's targets is one pattern with the names of their
 * arguments, since a thousand sentences that differ in a name would be as large as the plan. Nothing is lost: a sentence
 * that the pattern does not give is kept as it is.
 */
import type { JsonObject } from '../json.ts';
import { type Plan, type PlanCore, type PlannedStep, type PlanView, stepsOf } from './plan.ts';

interface Patterns {
  /** By the id of the entry; `{name}` stands for the argument of that name. */
  readonly says: { readonly [entry: string]: string };
  readonly undoSays: { readonly [entry: string]: string };
}

export interface PackedView extends PlanView {
  readonly patterns: Patterns;
}

/** The view of a plan, as it is carried in a run's state and in answers of activities. */
export function packView({ core, view }: Plan): PackedView {
  const says = packed(core, view.says, ({ call }) => call.args);
  const undoSays = packed(core, view.undoSays ?? {}, undoArgs);
  return {
    ...view,
    says: says.rest,
    ...(view.undoSays === undefined ? {} : { undoSays: undoSays.rest }),
    patterns: { says: says.patterns, undoSays: undoSays.patterns },
  };
}

/** The view as people read it: a sentence for every entry and every target. */
export function unpackView(core: PlanCore, { patterns, ...view }: PackedView): PlanView {
  const says = { ...view.says };
  const undoSays = { ...view.undoSays };
  for (const step of core.entries.flatMap(stepsOf)) {
    const say = patterns.says[step.entry];
    const undo = patterns.undoSays[step.entry];
    if (say !== undefined) says[step.id] ??= render(say, step.call.args);
    if (undo !== undefined && step.undo.kind === 'call') undoSays[step.id] ??= render(undo, undoArgs(step));
  }
  return { ...view, says, ...(view.undoSays === undefined ? {} : { undoSays }) };
}

/** The sentence of one step; its id where there is none. */
export function sentenceOf({ says, patterns }: PackedView, step: Pick<PlannedStep, 'id' | 'entry' | 'call'>): string {
  const pattern = patterns.says[step.entry];
  return says[step.id] ?? (pattern === undefined ? step.id : render(pattern, step.call.args));
}

/** The sentence of a step's undo; the step's own id where there is none. */
export function undoSentenceOf({ undoSays, patterns }: PackedView, step: PlannedStep): string {
  const pattern = patterns.undoSays[step.entry];
  return undoSays?.[step.id] ?? (pattern === undefined ? step.id : render(pattern, undoArgs(step)));
}

function undoArgs({ undo }: PlannedStep): JsonObject {
  return undo.kind === 'call' ? undo.call.args : {};
}

function packed(
  core: PlanCore,
  sentences: { readonly [id: string]: string },
  argsOf: (step: PlannedStep) => JsonObject,
): { patterns: { [entry: string]: string }; rest: { [id: string]: string } } {
  const patterns: { [entry: string]: string } = {};
  const rest = { ...sentences };
  for (const entry of core.entries) {
    if (entry.kind !== 'each') continue;
    const steps = stepsOf(entry);
    const first = steps.find(({ id }) => sentences[id] !== undefined);
    if (!first) continue;
    // A target without a sentence would be given one.
    if (steps.some(({ id }) => sentences[id] === undefined)) continue;
    const pattern = patternOf(sentences[first.id] ?? '', argsOf(first));
    patterns[entry.id] = pattern;
    for (const step of steps) if (rest[step.id] === render(pattern, argsOf(step))) delete rest[step.id];
  }
  return { patterns, rest };
}

/** Longest first, so that a name which is part of another is not taken out of it. */
function patternOf(sentence: string, args: JsonObject): string {
  const words = Object.entries(args)
    .flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    )
    .filter(([, word]) => word !== '')
    .sort(([, a], [, b]) => b.length - a.length);
  return words
    .reduce(
      (parts: readonly (string | { readonly name: string })[], [name, word]) =>
        parts.flatMap((part) => (typeof part === 'string' ? between(part, word, { name }) : [part])),
      [sentence],
    )
    .map((part) => (typeof part === 'string' ? part : `{${part.name}}`))
    .join('');
}

function between<T>(text: string, word: string, what: T): (string | T)[] {
  return text.split(word).flatMap((part, index) => (index === 0 ? [part] : [what, part]));
}

function render(pattern: string, args: JsonObject): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = args[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
}
