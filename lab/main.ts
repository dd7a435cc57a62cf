/**
 * The lab's command line: `npm run lab -- up | down | status | logs | kill | start | freeze | thaw | cut | heal | load | obtain | doctor`.
 *
 * Results go to stdout (JSON with `--json`), progress to stderr. Exit code 0 only when what was asked for holds.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { factsOf, refusal } from '../kernel/errors.ts';
import { examine } from './doctor.ts';
import { type Lab, openLab } from './lab.ts';
import { obtain } from './obtain/everything.ts';
import { TOOLS } from './obtain/tools.ts';
import { PEOPLE } from './people.ts';
import { isRegion, REGIONS, type Region } from './places.ts';
import { logPath, logTail } from './processes.ts';
import { knownNames, serversNamed } from './registry.ts';
import { progressLines, renderFindings, renderStatus, renderUp, type Up } from './screen.ts';
import { personKeyPath } from './systems/lifeboat/keys.ts';
import type { UpResult } from './up.ts';

interface Common {
  readonly name: string;
  readonly json: boolean;
}

const program = new Command('lab')
  .description('A two-region estate of real servers on this machine, and the ways to break it.')
  .showHelpAfterError();

function command(usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('--name <name>', 'the instance of the lab', 'default')
    .option('--json', 'print JSON', false);
}

function show(common: Common, value: object, text: string): void {
  process.stdout.write(common.json ? `${JSON.stringify(value, null, 2)}\n` : text);
}

const onProgress = progressLines((line) => process.stderr.write(line));

command('up', 'obtain, configure and start what does not run')
  .option('--only <names...>', 'a part and what it needs instead of everything: `--only traffic,cassandra`')
  .addHelpText('after', () => namesHelp())
  .action(async (options: Common & { only?: string[] }) => {
    const lab = await openLab(options);
    const startedAt = Date.now();
    const result = await lab.up({ onProgress, ...(options.only === undefined ? {} : { only: options.only }) });
    const seconds = (Date.now() - startedAt) / 1000;
    const value = { ok: result.missing.length === 0, seconds, ...result, estate: lab.estateFile, urls: lab.urls };
    show(options, value, renderUp(shownOf(lab, seconds, result)));
    if (!value.ok) process.exitCode = 1;
  });

command('down', 'end everything that the lab started')
  .option('--remove', 'also delete the instance: data, keys, logs', false)
  .action(async (options: Common & { remove: boolean }) => {
    const lab = await openLab(options);
    await lab.down({ remove: options.remove, onProgress });
    show(options, { ok: true }, `${lab.instance.name} is down${options.remove ? ' and removed' : ''}\n`);
  });

command('status', 'what runs').action(async (options: Common) => {
  const status = await (await openLab(options)).status();
  show(options, status, renderStatus(status));
});

command('logs <target>', "the end of a target's log")
  .option('-f, --follow', 'go on showing what is added', false)
  .action(async (target: string, options: Common & { follow: boolean }) => {
    const { instance } = await openLab(options);
    const [server] = serversNamed(target);
    if (server === undefined) return;
    const path = logPath(instance, server.target);
    if (options.follow) {
      spawn('tail', ['-n', '50', '-F', path], { stdio: 'inherit' });
      return;
    }
    const tail = await logTail(instance, server.target);
    show(options, { target: server.target, path, tail }, `${tail}\n${path}\n`);
  });

command('kill <name>', 'kill -9 of a target, or of everything in a region, system or kind').action(
  async (target: string, options: Common) => {
    const killed = await (await openLab(options)).kill(target);
    const text = killed.targets.length === 0 ? 'nothing of it was running\n' : `killed ${killed.targets.join(', ')}\n`;
    show(options, killed, text);
  },
);

command('start <name>', 'start a target, or everything in a region, system or kind, and nothing beside it').action(
  async (target: string, options: Common) => {
    const result = await (await openLab(options)).start(target, { onProgress });
    show(options, result, `started ${result.started.join(', ') || 'nothing: it was running'}\n`);
  },
);

command('freeze <name>', 'SIGSTOP of a target, or of everything in a region, system or kind').action(
  async (target: string, options: Common) => {
    const frozen = await (await openLab(options)).freeze(target);
    const text = frozen.targets.length === 0 ? 'nothing of it was going on\n' : `froze ${frozen.targets.join(', ')}\n`;
    show(options, frozen, text);
  },
);

command('thaw <name>', 'let what is frozen go on where it was').action(async (target: string, options: Common) => {
  const thawed = await (await openLab(options)).thaw(target);
  const text = thawed.targets.length === 0 ? 'nothing of it was frozen\n' : `thawed ${thawed.targets.join(', ')}\n`;
  show(options, thawed, text);
});

command('cut <region>', 'isolate a region from everything outside of it')
  .option('--path', 'only from the load balancer: its service answers everybody else', false)
  .action(async (region: string, options: Common & { path: boolean }) => {
    const lab = await openLab(options);
    await (options.path ? lab.cutPath(regionOf(region)) : lab.cut(regionOf(region)));
    const what = options.path ? 'is not reached by the load balancer' : 'is cut off';
    show(options, { ok: true, cut: region, path: options.path }, `${region} ${what}; end it with heal\n`);
  });

command('heal', 'end every cut, and thaw everything').action(async (options: Common) => {
  await (await openLab(options)).heal();
  show(options, { ok: true }, 'nothing is cut off or frozen\n');
});

command('load <rps>', 'set the requests per second of the load client').action(async (rps: string, options: Common) => {
  const rate = Number(rps);
  if (rps.trim() === '' || !Number.isFinite(rate) || rate < 0) {
    throw refusal('lab-usage', `"${rps}" is no rate`, 'load', 'Give a number of requests per second, 0 or more.');
  }
  const lab = await openLab(options);
  const response = await fetch(`${lab.urls.load}/rate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rps: rate }),
  }).catch(() => undefined);
  if (!response?.ok) {
    const why = response === undefined ? 'the load client does not answer' : `it refused: HTTP ${response.status}`;
    throw refusal('lab-load', why, lab.urls.load, 'Run `npm run lab -- start load`, then this again.');
  }
  show(options, { ok: true, rps: rate }, `${rate} requests per second\n`);
});

program
  .command('obtain')
  .description('download and prepare everything that the lab and the tests need, and start nothing')
  .option('--only <names...>', 'what a part needs instead of everything: `--only traffic,browser`')
  .addHelpText('after', () => namesHelp(TOOLS.map((tool) => tool.name)))
  .action(async (options: { only?: string[] }) => {
    await obtain({ onProgress, ...options });
    process.stdout.write(
      options.only === undefined ? 'everything is there\n' : `${options.only.join(', ')}: all is there\n`,
    );
  });

program
  .command('doctor')
  .description('what this machine lacks for the lab')
  .option('--json', 'print JSON', false)
  .action(async (options: { json: boolean }) => {
    const findings = await examine();
    const ok = findings.every((finding) => finding.state !== 'lacks');
    show({ name: '', json: options.json }, { ok, findings }, renderFindings(findings));
    if (!ok) process.exitCode = 1;
  });

/** What may be named, for the end of a command's help. */
function namesHelp(tools: readonly string[] = []): string {
  const names = { ...knownNames(), tools };
  const lines = Object.entries(names)
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `  ${`${what}:`.padEnd(9)} ${list.join(' ')}`);
  return `\nNames, one or more, with spaces or commas between:\n${lines.join('\n')}`;
}

function regionOf(text: string): Region {
  if (isRegion(text)) return text;
  throw refusal('lab-target', `"${text}" is no region of the lab`, text, `Use ${REGIONS.join(' or ')}.`);
}

/** Addresses of what was brought up only: of a part of the lab the rest may be down. */
function shownOf({ instance, estateFile }: Lab, seconds: number, { started, alreadyRunning, missing }: UpResult): Up {
  const up = new Set([...started, ...alreadyRunning].flatMap(serversNamed).map((server) => server.system));
  const answers = [...up].some(({ name }) => name === 'lifeboat');
  return {
    seconds,
    estateFile,
    addresses: [...up].flatMap((system) => system.shown?.(instance.slot) ?? []),
    missing,
    ...(answers && {
      terminal: {
        folder: join(import.meta.dirname, '..'),
        people: PEOPLE.map((person) => ({ person, keyFile: personKeyPath(instance, person) })),
      },
    }),
  };
}

try {
  await program.parseAsync();
} catch (error) {
  const facts = factsOf(error, 'lab');
  process.stderr.write(`${facts.message}\n  where: ${facts.where}\n  mend:  ${facts.mend}\n`);
  if (process.env.LIFEBOAT_DEBUG !== undefined) console.error(error);
  process.exitCode = 1;
}
