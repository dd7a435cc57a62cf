/**
 * The command `lifeboat`: options by commander, everything behind the verb by the grammar that the slash command uses
 * too (client/grammar/parse.ts), so that both are told the same.
 */
import { CommanderError, Command as Program } from 'commander';
import type { Command } from '../client/grammar/command.ts';
import { helpText } from '../client/grammar/help.ts';
import { runbookNames } from '../client/grammar/inputs.ts';
import { type Known, knownIn, NOTHING_KNOWN } from '../client/grammar/known.ts';
import { parseWords } from '../client/grammar/parse.ts';
import { quoted } from '../client/grammar/tokens.ts';
import { VERBS } from '../client/grammar/verbs.ts';
import { parseEstate } from '../estate/file/parse.ts';
import { nearest as nearestName } from '../estate/file/words.ts';
import { factsOf, LifeboatError, refusal } from '../kernel/errors.ts';
import { EXIT, type ExitCode, exitCodesText, exitOfError } from './exit.ts';
import { estatePath, type GlobalOptions, readEstateText, type Terminal } from './session.ts';
import { decisionVerb } from './verbs/decisions.ts';
import { estateCheckVerb, freezeVerb, keysNewVerb, leaseVerb, takeOverVerb } from './verbs/estate.ts';
import { reportVerb } from './verbs/report.ts';
import {
  listVerb,
  planVerb,
  policyVerb,
  reviewVerb,
  runVerb,
  statusVerb,
  type WaitOptions,
  watchVerb,
  whoVerb,
} from './verbs/runs.ts';

/** Runs one command line (without `node` and the script) and gives the exit code; never throws. */
export async function lifeboat(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes('--json');
  let code: ExitCode = EXIT.ok;
  const program = build(terminal, (verdict) => {
    code = verdict;
  });
  // As in Slack: nothing more is `status`, for whoever has set themselves up.
  const bare = words.length === 0 && terminal.environment['LIFEBOAT_ESTATE'] !== undefined;
  try {
    await program.parseAsync(bare ? ['status'] : [...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.ok : usageFailed(terminal, json, error, program);
    }
    return failed(terminal, json, error);
  }
}

/** Commander has written its own sentence already; the grammar adds the nearest line for a verb that is none. */
async function usageFailed(
  terminal: Terminal,
  json: boolean,
  error: CommanderError,
  program: Program,
): Promise<ExitCode> {
  const line = error.code === 'commander.unknownCommand' ? await nearestLine(terminal, program) : undefined;
  const nearest = line === undefined ? null : `lifeboat ${line}`;
  if (json)
    terminal.out.write(`${JSON.stringify({ ok: false, error: { type: 'usage', message: error.message, nearest } })}
`);
  else if (nearest)
    terminal.err.write(`Nearest: ${nearest}
`);
  return EXIT.usage;
}

/** For a verb that is none: verbs of the terminal alone are meant as often as those that the grammar knows. */
async function nearestLine(terminal: Terminal, program: Program): Promise<string | undefined> {
  const [word = '', ...rest] = program.args;
  const parsed = parseWords(program.args, await knownNames(terminal, program.opts(), flagsOf(program)));
  const own = program.commands.map((one) => one.name()).filter((name) => !VERBS.some((one) => one.name === name));
  const near = nearestName(word, [...own, ...VERBS.map(({ name }) => name), ...runbookNames()]);
  if (near !== undefined && own.includes(near)) return [near, ...rest].map(quoted).join(' ');
  return parsed.ok ? undefined : parsed.nearest;
}

/** The flags that the terminal itself takes, of all its verbs. */
function flagsOf(program: Program): string[] {
  const long = [program, ...program.commands].flatMap(({ options }) => options.map((one) => one.long ?? ''));
  return [...new Set(long.map((flag) => flag.replace(/^--/, '')))].filter((flag) => flag !== '');
}

function failed(terminal: Terminal, json: boolean, error: unknown): ExitCode {
  const facts = factsOf(error, 'lifeboat');
  if (json) terminal.out.write(`${JSON.stringify({ ok: false, error: facts })}\n`);
  else terminal.err.write(`${facts.type}: ${facts.message}\n  ${facts.where}\n  ${facts.mend}\n`);
  if (!LifeboatError.is(error) && terminal.environment.LIFEBOAT_DEBUG) {
    terminal.err.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  return exitOfError(error);
}

function summaryOf(verb: Command['verb']): string {
  return VERBS.find(({ name }) => name === verb)?.summary ?? '';
}

/** The names of the estate file; none where it cannot be read: whoever needs it says so. */
async function knownNames(terminal: Terminal, options: GlobalOptions, flags: readonly string[]): Promise<Known> {
  const path = estatePath(terminal, options);
  const text = await readEstateText(terminal, path).catch(() => undefined);
  const parsed = text === undefined ? undefined : parseEstate(text, path);
  return { ...(parsed?.ok ? knownIn(parsed.estate) : NOTHING_KNOWN), flags };
}

/** Reads words with the shared grammar; what is wrong becomes an error that offers the nearest line. */
async function understood<V extends Command['verb']>(
  terminal: Terminal,
  options: GlobalOptions,
  line: { readonly verb: V; readonly words: readonly string[]; readonly flags: readonly string[] },
): Promise<Command & { verb: V }> {
  const { verb, words, flags } = line;
  const parsed = parseWords([verb, ...words], await knownNames(terminal, options, flags));
  if (parsed.ok) return parsed.command as Command & { verb: V };
  const type = parsed.kind === 'usage' ? 'usage' : 'bad-input';
  throw refusal(type, parsed.problem, verb, `${parsed.mend} Nearest: lifeboat ${parsed.nearest}`);
}

function build(terminal: Terminal, done: (code: ExitCode) => void): Program {
  const program = new Program('lifeboat')
    .description('Disaster recovery: probe, plan, approve, act, prove, report.')
    .option('--estate <file>', 'the estate file (LIFEBOAT_ESTATE; else ./estate.yaml)')
    .option('--as <person>', 'who you are (LIFEBOAT_PERSON; else whose key it is)')
    .option('--key <file>', 'your private key (LIFEBOAT_KEY)')
    .option('--json', 'one JSON document on stdout')
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
    })
    .addHelpText('after', `\n${helpText('run')}\n\n${exitCodesText()}`);

  const read = <V extends Command['verb']>(options: GlobalOptions, name: V, words: readonly string[]) =>
    understood(terminal, options, { verb: name, words, flags: flagsOf(program) });

  /** A verb of the shared grammar; its words go there uncut, options that commander does not know included. */
  const verb = (
    name: string,
    words: string,
    summary: string,
    work: (words: readonly string[], options: GlobalOptions) => Promise<ExitCode>,
  ): Program =>
    program
      .command(`${name} ${words}`.trim())
      .description(summary)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(async (...given: unknown[]) => {
        const command = given.at(-1);
        if (!(command instanceof Program)) throw new TypeError('commander gives the command last');
        done(await work(command.args, command.optsWithGlobals<GlobalOptions>()));
      });

  verb('help', '[words...]', summaryOf('help'), async (words, options) => {
    const { about } = await read(options, 'help', words);
    terminal.out.write(
      about === undefined
        ? `${program.helpInformation()}\n${helpText('run')}\n\n${exitCodesText()}\n`
        : `${helpText(about)}\n`,
    );
    return EXIT.ok;
  });
  verb('plan', '[words...]', summaryOf('plan'), async (words, options) =>
    planVerb(terminal, options, await read(options, 'plan', words)),
  );
  verb('run', '[words...]', summaryOf('run'), async (words, options: WaitOptions & { readonly policy?: string }) =>
    options.policy === undefined
      ? runVerb(terminal, options, await read(options, 'run', words))
      : policyVerb(terminal, options, options.policy, words),
  )
    .option('--policy <name>', 'in place of a runbook: what this policy of the estate file lets run without people')
    .option('--wait', 'follow it until it ends')
    .option('--timeout <duration>', 'with --wait: leave it after this long (exit code 4)');
  verb('list', '', summaryOf('list'), async (words, options) => {
    await read(options, 'list', words);
    return listVerb(terminal, options);
  })
    .option('--open', 'only those that have not ended')
    .option('--limit <count>', 'at most this many');
  verb('status', '[words...]', summaryOf('status'), async (words, options) =>
    statusVerb(terminal, options, (await read(options, 'status', words)).run),
  );
  verb('review', '[words...]', 'the plan of a run, as its approver must see it', async (words, options) =>
    reviewVerb(terminal, options, (await read(options, 'who', words)).run),
  );
  verb('who', '[words...]', summaryOf('who'), async (words, options) =>
    whoVerb(terminal, options, (await read(options, 'who', words)).run),
  );
  verb('watch', '[words...]', 'follow a run until it ends', async (words, options) =>
    watchVerb(terminal, options, (await read(options, 'who', words)).run),
  ).option('--timeout <duration>', 'leave it after this long (exit code 4)');
  for (const name of ['approve', 'break-glass'] as const) {
    verb(name, '[words...]', summaryOf(name), async (words, options) =>
      decisionVerb(terminal, options, await read(options, name, words)),
    )
      .option('--yes', 'do not show the plan and ask')
      .option('--plan-hash <hash>', 'approve only this plan, as it was reviewed');
  }
  for (const name of ['reject', 'resolve', 'pause', 'resume', 'abort'] as const) {
    verb(name, '[words...]', summaryOf(name), async (words, options) =>
      decisionVerb(terminal, options, await read(options, name, words)),
    );
  }
  for (const name of ['freeze', 'thaw'] as const) {
    verb(name, '[words...]', summaryOf(name), async (words, options) =>
      freezeVerb(terminal, options, await read(options, name, words)),
    );
  }
  verb('report', '[words...]', 'a run’s report, as Markdown; RUN or the file of its record', async (words, options) => {
    const [what, extra] = words;
    if (what === undefined || extra !== undefined) {
      throw refusal('usage', 'report takes one run or one file.', 'report', 'Write `lifeboat report <run|file>`.');
    }
    return reportVerb(terminal, options, what);
  })
    .option('--html', 'one self-contained page instead')
    .option('--out <file>', 'write it there instead of to stdout');
  verb('lease', '', 'who holds what', (words, options) => {
    if (words.length > 0) throw refusal('usage', 'lease takes nothing more.', 'lease', 'Write `lifeboat lease`.');
    return leaseVerb(terminal, options);
  });

  verb(
    'take-over',
    '<run>',
    'take the scopes of a run that will never give them back; signed with your own key',
    ([run = '', extra], options: GlobalOptions & { readonly reason?: string }) => {
      if (extra === undefined) return takeOverVerb(terminal, options, run);
      throw refusal('usage', 'take-over takes one run.', 'take-over', 'Write `lifeboat take-over RUN --reason TEXT`.');
    },
  ).requiredOption('--reason <text>', 'why; it is shown with the lease');

  program
    .command('estate')
    .description('the estate file')
    .command('check [file]')
    .description('every problem, each with its place and mend')
    .action(async (file: string | undefined) => done(await estateCheckVerb(terminal, program.opts(), file)));
  program
    .command('keys')
    .description('keys that sign decisions')
    .command('new')
    .description('make a pair; prints the public half')
    .requiredOption('--out <file>', 'where the private half goes (mode 0600)')
    .action(async ({ out }: { out: string }) => done(await keysNewVerb(terminal, program.opts(), out)));
  return program;
}
