/** Checks what a runbook is given against what it is asked, so that bad input is refused before anything starts (I12). */
import { z } from 'zod';
import { nearest, offer, sayName } from '../../estate/file/words.ts';
import { type LifeboatError, refusal } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { RUNBOOK_INPUTS, type RunbookInput } from '../../runbooks/inputs/index.ts';
import { type Known, NOTHING_KNOWN } from './known.ts';

/** One thing that a runbook is asked, as a person writes it. */
export interface Field {
  readonly name: string;
  readonly kind: 'flag' | 'number' | 'text';
  /** For a text with a fixed set of values, and the regions for one that names a region where they are known. */
  readonly options: readonly string[];
  readonly isRegion: boolean;
  readonly required: boolean;
  readonly description: string;
}

export function runbookNames(): string[] {
  return RUNBOOK_INPUTS.map(({ name }) => name);
}

export function runbookNamed(name: string): RunbookInput | undefined {
  return RUNBOOK_INPUTS.find((one) => one.name === name);
}

/** In the order of the schema. */
export function fieldsOf({ input, about }: RunbookInput, { regions }: Known = NOTHING_KNOWN): Field[] {
  return Object.entries(input.shape).map(([name, field]) => {
    const schema = field as z.ZodType;
    const bare = bareOf(schema);
    const isRegion = about.regions.includes(name);
    return {
      name,
      kind: bare instanceof z.ZodBoolean ? 'flag' : bare instanceof z.ZodNumber ? 'number' : 'text',
      options: bare instanceof z.ZodEnum ? bare.options.map(String) : isRegion ? regions : [],
      isRegion,
      required: !schema.safeParse(undefined).success,
      description: schema.description ?? bare.description ?? '',
    };
  });
}

function bareOf(schema: z.ZodType): z.ZodType {
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
      ? schema.def.innerType
      : undefined;
  return inner instanceof z.ZodType ? bareOf(inner) : schema;
}

/** More values than this are not written out. */
const MAX_OPTIONS = 6;

/** How a field is written: `from=<region>`, `from=us-central1|europe-west1`, `--ungraceful`. */
export function usageOf({ name, kind, options, required }: Field): string {
  const text =
    kind === 'flag'
      ? `--${name}`
      : `${name}=${options.length > 0 && options.length <= MAX_OPTIONS ? options.join('|') : kind === 'number' ? '<number>' : `<${name}>`}`;
  return required ? text : `[${text}]`;
}

export type InputProblem = {
  readonly problem: string;
  readonly mend: string;
  /** The key whose value is wrong or missing. */
  readonly key?: string;
  /** A key that is meant instead of the unknown one. */
  readonly meant?: { readonly key: string; readonly instead: string };
  /** The value that is meant instead of an unknown one. */
  readonly nearValue?: string;
};

const FLAG_VALUES: { readonly [text: string]: boolean } = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** The typed value of one written key, or what is wrong with it. `value` undefined: written as a flag. */
export function readField(
  runbook: RunbookInput,
  key: string,
  value: string | undefined,
  known: Known = NOTHING_KNOWN,
): { readonly value: Json; readonly meant?: undefined } | InputProblem {
  const fields = fieldsOf(runbook, known);
  const field = fields.find(({ name }) => name === key);
  if (!field) {
    const names = fields.map(({ name }) => name);
    const near = nearest(key, names);
    const problem = `${runbook.name} does not know ${sayName(key)}.`;
    return { problem, mend: offer(key, names), ...(near === undefined ? {} : { meant: { key, instead: near } }) };
  }
  if (field.kind === 'flag') {
    const flag = value === undefined ? true : FLAG_VALUES[value.toLowerCase()];
    if (flag !== undefined) return { value: flag };
    return { problem: `${key} is yes or no.`, mend: `Write --${key}, or ${key}=no.`, key };
  }
  // `<from>` is how the help writes a value; a line that was offered and not filled in must not start anything.
  if (value === undefined || value === '' || /^<[^<>]*>$/.test(value)) {
    return { problem: `${key} needs a value.`, mend: `Write ${usageOf({ ...field, required: true })}.`, key };
  }
  if (field.isRegion && known.regions.length > 0 && !known.regions.includes(value)) {
    // The offered line itself, with all values in it, is no guess at one of them.
    const near = value.includes('|') ? undefined : nearest(value, known.regions);
    const problem = `There is no region ${sayName(value)}.`;
    return { problem, mend: offer(value, known.regions), key, ...(near === undefined ? {} : { nearValue: near }) };
  }
  if (field.kind === 'text') return { value };
  const number = Number(value);
  return Number.isFinite(number)
    ? { value: number }
    : { problem: `${key} is a number.`, mend: `Write ${usageOf({ ...field, required: true })}.`, key };
}

/** What is wrong with a whole input, or undefined when a run may be started with it. */
export function inputProblem(
  runbook: RunbookInput,
  input: JsonObject,
  known: Known = NOTHING_KNOWN,
): InputProblem | undefined {
  const fields = fieldsOf(runbook, known);
  const missing = fields.find(({ name, required }) => required && input[name] === undefined);
  if (missing) {
    return {
      problem: `${runbook.name} needs ${missing.name}.`,
      mend: `Write ${usageOf(missing)}: ${missing.description || 'required'}.`,
      key: missing.name,
    };
  }
  const parsed = runbook.input.safeParse(input);
  if (parsed.success) return undefined;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join('.') ?? '';
  const field = fields.find(({ name }) => name === key);
  return {
    problem: `${key || 'The input'} is not right: ${issue?.message ?? 'it does not fit'}.`,
    mend: field ? `Write ${usageOf({ ...field, required: true })}: ${field.description}.` : 'See `help`.',
    ...(field ? { key } : {}),
  };
}

/** @throws LifeboatError `unknown-runbook`, `bad-input`. */
export function checkInput(name: string, input: JsonObject): void {
  const runbook = runbookNamed(name);
  if (!runbook) throw unknownRunbook(name);
  const unknown = Object.keys(input).find((key) => !Object.hasOwn(runbook.input.shape, key));
  const wrong =
    unknown === undefined ? inputProblem(runbook, input) : (readField(runbook, unknown, '') as InputProblem);
  if (wrong) throw refusal('bad-input', wrong.problem, name, wrong.mend);
}

function unknownRunbook(name: string): LifeboatError {
  return refusal('unknown-runbook', `There is no runbook ${sayName(name)}.`, 'runbook', offer(name, runbookNames()));
}
