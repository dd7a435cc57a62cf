/** Reads what `plan` and `run` are given, against what the runbook is asked. */
import { nearest, sayName } from '../../estate/file/words.ts';
import type { Json } from '../../kernel/json.ts';
import type { RunbookInput } from '../../runbooks/inputs/index.ts';
import {
  type Field,
  fieldsOf,
  type InputProblem,
  inputProblem,
  readField,
  runbookNamed,
  runbookNames,
  usageOf,
} from './inputs.ts';
import type { Known } from './known.ts';
import { missing, ok, type Reading, type Verb, wrong } from './reading.ts';

/** `plan` and `run`: the runbook, then what it is asked. */
export function readStart(verb: Verb, rest: readonly string[], known: Known): Reading {
  const [name, ...given] = rest;
  const names = runbookNames();
  if (name === undefined) {
    return missing({ ...verb, usage: `${verb.name} ${names.join('|')}` }, 'the name of a runbook');
  }
  const runbook = runbookNamed(name);
  if (!runbook) {
    const near = nearest(name, names);
    const repaired = near ? { repaired: [verb.name, near, ...given] } : {};
    const problem = `There is no runbook ${sayName(name)}.`;
    const meant = near ? `Did you mean ${sayName(near)}? ` : '';
    return wrong(verb, { problem, mend: `${meant}There are: ${names.join(', ')}.`, kind: 'input', ...repaired });
  }
  const line = [verb.name, name];
  const input: { [key: string]: Json } = {};
  let reason = '';
  for (const [position, word] of given.entries()) {
    const read =
      Object.hasOwn(runbook.input.shape, 'reason') || !/^(--)?reason=/.test(word)
        ? readWord(runbook, word, input, known)
        : null;
    if (read === null) reason = word.slice(word.indexOf('=') + 1);
    else if ('value' in read) input[read.key] = read.value;
    else {
      const { instead, ...found } = read;
      const repaired = instead && { repaired: [...line, ...given.toSpliced(position, 1, ...instead)] };
      return wrong(
        { usage: withPlaceholders({ line, given, runbook, known }, found.key) },
        { ...found, kind: 'input', ...repaired },
      );
    }
  }
  const problem = inputProblem(runbook, input, known);
  if (problem)
    return wrong(
      { usage: withPlaceholders({ line, given, runbook, known }, problem.key) },
      { ...problem, kind: 'input' },
    );
  return ok({ verb: verb.name as 'plan' | 'run', runbook: name, input, reason });
}

type WordRead =
  | { readonly key: string; readonly value: Json }
  | (Omit<InputProblem, 'meant'> & { readonly instead?: readonly string[] });

/** One word: `key=value`, `--flag`, `--no-flag` or `--key=value`. */
function readWord(
  runbook: RunbookInput,
  word: string,
  input: { readonly [key: string]: Json },
  known: Known,
): WordRead {
  const parts = /^(--)?([A-Za-z_][A-Za-z0-9_-]*)(?:=(.*))?$/s.exec(word);
  const [, dashes, name = '', written] = parts ?? [];
  const fields = fieldsOf(runbook, known);
  const flag = fields.find((field) => field.kind === 'flag' && field.name === name);
  if (!parts || (dashes === undefined && written === undefined)) {
    if (flag) return { problem: `${sayName(word)} is a flag.`, mend: `Write --${word}.`, instead: [`--${word}`] };
    const open = fields.find((field) => field.isRegion && !Object.hasOwn(input, field.name));
    const region = regionMeant(word, known, open);
    if (region !== undefined && open) {
      const instead = `${open.name}=${region}`;
      return { problem: `${sayName(word)} is not said of what.`, mend: `Write ${instead}.`, instead: [instead] };
    }
    return { problem: `${sayName(word)} is neither key=value nor --flag.`, mend: 'Leave it out.', instead: [] };
  }
  const negated = fields.find((field) => field.kind === 'flag' && dashes !== undefined && name === `no-${field.name}`);
  const key = negated?.name ?? name;
  if (Object.hasOwn(input, key)) return { problem: `${key} is given twice.`, mend: 'Keep one of them.', instead: [] };
  const { meant, ...read } = readField(runbook, key, negated && written === undefined ? 'no' : written, known);
  if ('value' in read) return { key, value: read.value };
  if (read.nearValue !== undefined) return { ...read, instead: [`${key}=${read.nearValue}`] };
  return meant ? { ...read, instead: [word.replace(meant.key, meant.instead)] } : read;
}

/** The region that a bare word stands for; where none is known here, only the one that cannot be left out. */
function regionMeant(word: string, { regions }: Known, open: Field | undefined): string | undefined {
  if (regions.length === 0) return open?.required && REGION_LIKE.test(word) ? word : undefined;
  return regions.includes(word) ? word : nearest(word, regions);
}

const REGION_LIKE = /^[a-z][a-z0-9-]{0,47}$/;

/** What was written, with the wrong value and what is still missing left open. */
function withPlaceholders(
  {
    line,
    given,
    runbook,
    known,
  }: { line: readonly string[]; given: readonly string[]; runbook: RunbookInput; known: Known },
  wrongKey: string | undefined,
): string {
  const fields = fieldsOf(runbook, known);
  const keyOf = (word: string): string => word.replace(/^--/, '').split('=')[0] ?? '';
  const kept = given.filter((word) => keyOf(word) !== wrongKey && fields.some(({ name }) => name === keyOf(word)));
  const keys = kept.map(keyOf);
  const open = fields.filter(({ name, required }) => (required || name === wrongKey) && !keys.includes(name));
  return [...line, ...kept, ...open.map((field) => usageOf({ ...field, required: true }))].join(' ');
}
