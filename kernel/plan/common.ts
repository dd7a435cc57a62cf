/**
 * What the targets of an Each have in common stands once, so that a plan over a thousand nodes stays small enough to be one
 * payload. Nothing is lost: {@link callOfTarget} gives back the very calls.
 */
import type { Json, JsonObject } from '../json.ts';
import { canonicalBytes } from '../signing/hash.ts';

/** The part of a call in which targets differ; as `Call` of plan.ts has it. */
interface TargetCall {
  readonly args: JsonObject;
  readonly scope: string | null;
  readonly queue: string;
}

/** `queue` is how that of every target begins. */
type Common = TargetCall;

interface OwnPart {
  readonly args: JsonObject;
  /** Where it is another than the common one. */
  readonly scope?: string | null | undefined;
  /** How its queue ends. */
  readonly queue?: string | undefined;
}

export interface Parted {
  readonly common: Common;
  /** What is left of each call, in their order. */
  readonly own: readonly OwnPart[];
}

/** Parts calls of one step into what is the same in all and what is each one's own. */
export function partCalls(calls: readonly TargetCall[]): Parted {
  const [first] = calls;
  if (!first) return { common: { args: {}, scope: null, queue: '' }, own: [] };
  const shared = Object.keys(first.args).filter((name) =>
    calls.every(({ args }) => isSame(args[name], first.args[name])),
  );
  const scope = calls.every((one) => one.scope === first.scope) ? first.scope : null;
  const queue = calls.reduce((prefix, one) => commonPrefix(prefix, one.queue), first.queue);
  return {
    common: { args: only(first.args, (name) => shared.includes(name)), scope, queue },
    own: calls.map((one) => ({
      args: only(one.args, (name) => !shared.includes(name)),
      ...(one.scope === scope ? {} : { scope: one.scope }),
      ...(one.queue === queue ? {} : { queue: one.queue.slice(queue.length) }),
    })),
  };
}

/** Arguments, scope and queue of one target, put together again. */
export function callOfTarget({ common }: { readonly common: Common }, { args, scope, queue }: OwnPart): TargetCall {
  return {
    args: { ...common.args, ...args },
    scope: scope === undefined ? common.scope : scope,
    queue: common.queue + (queue ?? ''),
  };
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  const text = (value: Json): string => new TextDecoder().decode(canonicalBytes(value));
  return text(a) === text(b);
}

function only(args: JsonObject, keeps: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([name]) => keeps(name)));
}

/** Ends at a dot, so that the parts of a name stay whole. */
function commonPrefix(a: string, b: string): string {
  if (a === b) return a;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, a.slice(0, length).lastIndexOf('.') + 1);
}
