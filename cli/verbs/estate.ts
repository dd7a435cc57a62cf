/** The verbs about the estate itself and its lease: estate check, keys new, lease, freeze, thaw, take-over. */
import { resolve } from 'node:path';
import type { Command } from '../../client/grammar/command.ts';
import { formatProblem, parseEstate } from '../../estate/file/parse.ts';
import { newKeyFile } from '../../host/key-files.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { renderLease } from '../render/list.ts';
import { countText, harmless } from '../render/text.ts';
import {
  estatePath,
  type GlobalOptions,
  print,
  readEstateText,
  sheetFor,
  type Terminal,
  withSession,
} from '../session.ts';

/** Every problem at once, each as `file:line:column: …`; needs neither key nor Temporal. */
export async function estateCheckVerb(
  terminal: Terminal,
  options: GlobalOptions,
  file: string | undefined,
): Promise<ExitCode> {
  const path = file ?? estatePath(terminal, options);
  const parsed = parseEstate(await readEstateText(terminal, path), path);
  if (!parsed.ok) {
    print(terminal, options, { ok: false, problems: parsed.problems }, parsed.problems.map(formatProblem).join('\n'));
    return EXIT.configuration;
  }
  const { estate, digest } = parsed;
  const parts = [
    countText(Object.keys(estate.regions).length, 'region'),
    countText(Object.keys(estate.services).length, 'service'),
    countText(Object.keys(estate.people).length, 'person', 'people'),
  ];
  print(
    terminal,
    options,
    { ok: true, name: estate.name, digest },
    `${path} is good: ${estate.name}, ${parts.join(', ')}.\nDigest ${digest}`,
  );
  return EXIT.ok;
}

export async function keysNewVerb(terminal: Terminal, options: GlobalOptions, out: string): Promise<ExitCode> {
  const { publicKey } = await newKeyFile(resolve(terminal.folder, out));
  const text = `${publicKey}\n\nThe private half is in ${out}; keep it to yourself. Add the line above to your \`keys\` under \`people\` in the\nestate file, by review.`;
  print(terminal, options, { ok: true, publicKey, file: out }, text);
  return EXIT.ok;
}

export function leaseVerb(terminal: Terminal, options: GlobalOptions): Promise<ExitCode> {
  return withSession(terminal, options, async ({ lifeboat, estate }) => {
    const lease = await lifeboat.lease();
    print(terminal, options, { ok: true, ...lease }, renderLease(harmless(lease), sheetFor(terminal, estate)));
    return EXIT.ok;
  });
}

export function freezeVerb(
  terminal: Terminal,
  options: GlobalOptions,
  command: Command & { verb: 'freeze' | 'thaw' },
): Promise<ExitCode> {
  return withSession(terminal, options, async ({ lifeboat, person }) => {
    const { verb, what, reason } = command;
    await lifeboat.freeze({ what, on: verb === 'freeze', by: person(), reason });
    print(terminal, options, { ok: true, verb, what }, `${verb === 'freeze' ? 'Frozen' : 'Thawed'}: ${what}`);
    return EXIT.ok;
  });
}

export function takeOverVerb(
  terminal: Terminal,
  options: GlobalOptions & { readonly reason?: string },
  name: string,
): Promise<ExitCode> {
  return withSession(terminal, options, async ({ lifeboat, person }) => {
    const by = person();
    const run = await lifeboat.find(name);
    const taken = await lifeboat.takeOver({ run, by, reason: options.reason ?? '' });
    const text = `Taken from ${run}: ${taken.scopes.join(', ')}. Now start what is to hold them, and abort ${run}: it takes\nnothing back any more.`;
    print(terminal, options, { ok: true, taken }, text);
    return EXIT.ok;
  });
}
