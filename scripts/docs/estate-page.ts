/**
 * The generated parts of `docs/estate.md`: per section of the estate file its keys, from the schema and its descriptions,
 * and an example, cut from the example files.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estateJsonSchema } from '../../estate/file/json-schema.ts';
import { patternOf, type ShapeName } from '../../estate/file/shapes.ts';
import { sections } from '../../estate/schema.ts';
import { refusal } from '../../kernel/errors.ts';
import { cell, emptyPart, filled, markedIn, type Parts, table } from './markdown.ts';

/** Where the example of a section comes from; the other file where it would be too long, or is not there. */
const EXAMPLE = 'examples/google-cloud.yaml';
const SHORTER = 'examples/lab.yaml';
const SHORTER_OF = new Set(['cassandra', 'people']);

/** What of JSON Schema our schema becomes. */
interface Node {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly properties?: { readonly [key: string]: Node };
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
}

interface Row {
  readonly path: string;
  readonly node: Node;
  readonly required: boolean;
}

const NAMED: { readonly [shape in ShapeName]: string } = {
  name: 'name',
  datacentre: 'name as Cassandra spells it',
  keyspace: 'name as Cassandra spells it',
  haproxyName: 'name as in haproxy.cfg',
  duration: 'duration, also `0s`',
  secret: 'reference to a secret',
  key: 'public key',
  host: 'host name or address',
  hostPort: 'host:port',
  url: 'http or https address',
  urlPath: 'path of a URL',
  filePath: 'path of a file or folder',
  words: 'one line of text',
  slackUser: 'member id in Slack',
  slackTeam: 'workspace id in Slack',
  slackApp: 'app id in Slack',
  slackChannel: 'channel id in Slack',
};

/** The page, whose words are written by hand; a section that it does not know yet gets a heading and its description. */
export function estatePage(root: string, written: string): string {
  return filled(withNewSections(written), estateParts(root), 'docs/estate.md');
}

/** A new section stands after the one before it in the file. */
export function withNewSections(written: string): string {
  const whole = estateJsonSchema() as Node;
  return Object.entries(whole.properties ?? {}).reduce((page, [name, { description = '' }], index, all) => {
    const marked = markedIn(page);
    const [previous] = all[index - 1] ?? [];
    if (marked.some((part) => partsOf(name).includes(part))) return page;
    const from = page.indexOf(`<!-- generated: example ${previous} -->`);
    if (from === -1) return page;
    const end = page.indexOf(END, from) + END.length;
    const heading = name.charAt(0).toUpperCase() + name.slice(1);
    const fresh = ['', '', `## ${heading}`, '', description, '', partsOf(name).map(emptyPart).join('\n\n')].join('\n');
    return page.slice(0, end) + fresh + page.slice(end);
  }, written);
}

const END = '<!-- end -->';

function partsOf(section: string): [keys: string, example: string] {
  return [`keys ${section}`, `example ${section}`];
}

/** By the name of each part, in the order of the file. */
export function estateParts(root: string): Parts {
  const whole = estateJsonSchema() as Node;
  const examples = new Map([EXAMPLE, SHORTER].map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  return Object.fromEntries(
    Object.entries(whole.properties ?? {}).flatMap(([name, node]): [string, string[]][] => {
      const rows = rowsOf({ path: name, node, required: whole.required?.includes(name) ?? false });
      const files = SHORTER_OF.has(name) ? [SHORTER, EXAMPLE] : [EXAMPLE, SHORTER];
      const [keys, example] = partsOf(name);
      return [
        [keys, table(['Key', 'Value', 'Default', 'Meaning'], rows.map(cellsOf))],
        [example, ['```yaml', exampleOf(name, files, examples), '```']],
      ];
    }),
  );
}

/** A row for a key, and one for everything under it; `*` is each entry of a mapping or list. */
function rowsOf(row: Row): Row[] {
  const { path, node } = row;
  const inner = node.items ?? (node.additionalProperties || undefined);
  if (inner) return [row, ...(isScalar(inner) ? [] : rowsUnder(`${path}.*`, inner))];
  return [row, ...rowsUnder(path, node)];
}

function rowsUnder(path: string, node: Node): Row[] {
  const variants = node.oneOf ?? [node];
  return variants.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, child]) =>
      rowsOf({ path: `${path}.${key}`, node: child, required: required.includes(key) }),
    ),
  );
}

function isScalar(node: Node): boolean {
  return node.properties === undefined && node.oneOf === undefined && node.additionalProperties === undefined;
}

function cellsOf({ path, node, required }: Row): string[] {
  return [`\`${path}\``, formOf(path, node), defaultOf(node, required), cell(withoutForm(node.description ?? ''))];
}

/** The form of a duration and of a reference is said once, at the page's head. */
function withoutForm(description: string): string {
  return description.replace(/ A (duration|reference)\b.*$/, '');
}

function defaultOf(node: Node, required: boolean): string {
  if (required) return 'required';
  return node.default === undefined ? 'may be left out' : `\`${JSON.stringify(node.default)}\``;
}

function formOf(path: string, node: Node): string {
  const named = referenceAt(path);
  if (named) return `the name of ${named}`;
  const inner = node.items ?? (node.additionalProperties || undefined);
  if (inner) {
    const keys = node.items ? undefined : (referenceAt(`${path}.#`) ?? 'a name');
    const values = isScalar(inner) ? formOf(`${path}.*`, inner) : 'the keys below';
    return keys ? `mapping: ${keys} → ${values}` : `list of: ${values}`;
  }
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum) return node.enum.map((one) => `\`${String(one)}\``).join(' or ');
  if (node.anyOf) return unique(node.anyOf.map((one) => formOf(path, one))).join(', or ');
  if (node.type === 'boolean') return '`true` or `false`';
  if (node.type === 'integer') return `whole number${rangeOf(node)}`;
  if (node.type === 'number') return `number${rangeOf(node)}`;
  if (node.type === 'string') return textOf(node.pattern);
  return 'the keys below';
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Node): string {
  const limits = [
    ...(minimum === undefined ? [] : [`≥ ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`≤ ${maximum}`]),
  ];
  return limits.length === 0 ? '' : `, ${limits.join(', ')}`;
}

function textOf(pattern: string | undefined): string {
  const shape = (Object.keys(NAMED) as ShapeName[]).find((name) => patternOf(name).source === pattern);
  if (shape) return NAMED[shape];
  return pattern?.endsWith('(ms|s|m|h|d)$') ? 'duration' : 'text';
}

function referenceAt(path: string): string | undefined {
  const references = Object.values(sections).flatMap((one) => one.references);
  return references.find(({ from }) => from === path || (from.includes('*') && fits(from, path)))?.what;
}

/** `approvals.minimum.*` is said of each key that the schema names there. */
function fits(pattern: string, path: string): boolean {
  const [parts, given] = [pattern.split('.'), path.split('.')];
  return parts.length === given.length && parts.every((part, index) => part === '*' || part === given[index]);
}

/** From the first of the files that has the section. @throws LifeboatError `no-example` where none has. */
export function exampleOf(name: string, files: readonly string[], texts: ReadonlyMap<string, string>): string {
  for (const file of files) {
    const text = sectionText(texts.get(file) ?? '', name);
    if (text !== undefined) return text;
  }
  throw refusal(
    'no-example',
    `no example file has the section \`${name}\``,
    SHORTER,
    `Write it into ${SHORTER}, as the lab renders it.`,
  );
}

/** From the section's own line to the next one that begins at the margin. */
function sectionText(file: string, name: string): string | undefined {
  const lines = file.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`${name}:`));
  if (from === -1) return undefined;
  const length = lines.slice(from + 1).findIndex((line) => /^\S/.test(line));
  return lines
    .slice(from, length === -1 ? undefined : from + 1 + length)
    .join('\n')
    .trimEnd();
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
