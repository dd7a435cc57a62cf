/** A page of every error that the sources raise: what it says, where, and how to mend it. Found by reading the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUSE } from '../imports/house.ts';
import { cell, table } from './markdown.ts';
import { callsOf, objectsWith, resolved, textsOf } from './scan.ts';

/** What runs for users. The lab's own errors are told by the lab, and composition roots raise none of their own. */
const FOLDERS = HOUSE.flatMap(({ folder, may }) =>
  may === 'all' || folder.includes('/') || folder === 'lab' ? [] : [folder],
);

interface Found {
  readonly type: string;
  readonly message: string;
  readonly where: string;
  readonly mend: string;
  /** `varies` where the code decides it. */
  readonly retry: 'yes' | 'no' | 'varies';
  readonly file: string;
}

export function errorsPage(root: string): string {
  const sources = FOLDERS.flatMap((folder) => sourcesIn(root, folder));
  const found = sources.flatMap(({ file, text }) => errorsIn(file, text));
  const rules = sources.flatMap(({ file, text }) => rulesIn(file, text));
  const types = [...new Set(found.map(({ type }) => type))].sort();
  return [
    '# Errors',
    '',
    'Generated from the sources by `npm run docs`; do not edit. Every error has a type, a message, a place and a mend,',
    'and says whether the same call may succeed when it is made again. `‹…›` stands for what is filled in. Errors that',
    'only the lab raises are not here: it tells them itself.',
    '',
    `There are ${types.length} types, and [the rules by which a decision is refused](#refused-decisions).`,
    '',
    ...[...new Set(types.map((type) => type.charAt(0)))].map((letter) => {
      const mine = types.filter((type) => type.startsWith(letter));
      return `- ${mine.map((type) => `[${type}](#${type})`).join(', ')}`;
    }),
    ...types.flatMap((type) =>
      typeLines(
        type,
        found.filter((one) => one.type === type),
      ),
    ),
    '',
    '## Refused decisions',
    '',
    'A decision that is refused changes nothing, and is answered with the name of the rule and a sentence.',
    '',
    ...unique(table(['Rule', 'Says'], rules.map(({ rule, say }) => [`\`${rule}\``, cell(say)]).sort())),
    '',
  ].join('\n');
}

function typeLines(type: string, variants: readonly Found[]): string[] {
  const raisedIn = new Map<string, Set<string>>();
  for (const { message, where, mend, retry, file } of variants) {
    const said = [
      `> ${cell(message)}`,
      '',
      ...(where === '' ? [] : [`- Place: ${cell(where)}`]),
      `- Mend: ${cell(mend)}`,
      `- Trying again ${retry === 'yes' ? 'may help' : retry === 'no' ? 'does not help' : 'may help or not: the error says'}.`,
    ].join('\n');
    raisedIn.set(said, (raisedIn.get(said) ?? new Set()).add(file));
  }
  const blocks = [...raisedIn].map(([said, files]) => {
    return `${said}\n- Raised in ${[...files].map((file) => `\`${file}\``).join(', ')}`;
  });
  return ['', `## ${type}`, ...blocks.sort().flatMap((block) => ['', block])];
}

function errorsIn(file: string, text: string): Found[] {
  const calls = (['refusal', 'passing'] as const).flatMap((name) =>
    callsOf(text, name).flatMap(({ args, at }) => {
      const [type = '', message = '', where = '', mend = ''] = args.map((one) => resolved(one, text, at));
      return foundOf({ type, message, where, mend }, name === 'passing' ? 'yes' : 'no', file);
    }),
  );
  const objects = objectsWith(text, 'type').flatMap((one) => {
    if (!one['message'] || !one['mend']) return [];
    const retry = one['retryable'] === 'true' ? 'yes' : one['retryable'] === 'false' ? 'no' : 'varies';
    return foundOf(
      { type: one['type'] ?? '', message: one['message'], where: one['where'] ?? '', mend: one['mend'] },
      retry,
      file,
    );
  });
  return [...calls, ...objects, ...unknownNamesIn(file, text)];
}

/** A name that the estate does not have, as `estate/lookup.ts` refuses it: `required(section, name, 'canary')`. */
function unknownNamesIn(file: string, text: string): Found[] {
  const nouns = [
    ...callsOf(text, 'required').map(({ args: [, , what = ''] }) => what),
    ...callsOf(text, 'unknownName').map(({ args: [what = ''] }) => what),
  ];
  return nouns.flatMap(textsOf).map((what) => ({
    type: `unknown-${what.toLowerCase().replaceAll(' ', '-')}`,
    message: `the estate has no ${what} ‹name›`,
    where: 'estate',
    mend: 'Name one that the estate file has; the nearest is offered.',
    retry: 'no',
    file,
  }));
}

type Source = Pick<Found, 'type' | 'message' | 'where' | 'mend'>;

/** A type that is chosen by a condition has its own message and mend by the same condition. */
function foundOf(source: Source, retry: Found['retry'], file: string): Found[] {
  const types = textsOf(source.type).filter((type) => /^[a-z][a-z0-9-]+$/.test(type));
  const pick = (expression: string, index: number, otherwise: string): string => {
    const texts = textsOf(expression).filter((text) => text !== '');
    if (texts.length === 0) return otherwise;
    return (texts.length === types.length ? texts[index] : undefined) ?? unique(texts).join(' / ');
  };
  return types.map((type, index) => ({
    type,
    message: pick(source.message, index, 'A sentence that names what was wrong.'),
    where: pick(source.where, index, ''),
    mend: pick(source.mend, index, 'As the error says.'),
    retry,
    file,
  }));
}

interface FoundRule {
  readonly rule: string;
  readonly say: string;
}

function rulesIn(file: string, text: string): FoundRule[] {
  const made =
    file === 'kernel/decision/decision.ts'
      ? callsOf(text, 'no').map(({ args: [rule = '', say = ''] }) => ({ rule, say }))
      : [];
  const written = file.startsWith('workflows/')
    ? objectsWith(text, 'rule').map(({ rule = '', say = '' }) => ({ rule, say }))
    : [];
  return [...made, ...written].flatMap(({ rule, say }) => {
    const [name] = textsOf(rule);
    const [sentence] = textsOf(say);
    return name === undefined || sentence === undefined ? [] : [{ rule: name, say: sentence }];
  });
}

function sourcesIn(root: string, folder: string): { file: string; text: string }[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
