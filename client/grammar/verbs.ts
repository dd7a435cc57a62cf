/** What each verb takes, and what it says of itself in the help. */
import { nearest, sayName } from '../../estate/file/words.ts';
import type { Choice } from '../../kernel/run/state.ts';
import type { Command } from './command.ts';
import { runbookNames } from './inputs.ts';
import type { Known } from './known.ts';
import { missing, ok, type Reading, tooMuch, type Verb, wrong } from './reading.ts';
import { readStart } from './start.ts';

/** In the order of the help: looking first, then acting, then what is rare. */
export const VERBS: readonly Verb[] = [
  { name: 'help', usage: 'help [verb or runbook]', summary: 'What can be said here', read: readHelp },
  { name: 'list', usage: 'list', summary: 'Runs, the newest first', read: readList },
  {
    name: 'plan',
    usage: 'plan <runbook> [key=value] [--flag]',
    summary: 'Probe and show the plan; changes nothing',
    read: readStart,
  },
  {
    name: 'run',
    usage: 'run <runbook> [key=value] [--flag]',
    summary: 'Start a run; it waits for approval before it changes anything',
    read: readStart,
  },
  {
    name: 'status',
    usage: 'status [run]',
    summary: 'Regions, open runs and what they wait for; or where one run stands',
    read: readRunOnly,
  },
  { name: 'who', usage: 'who [run]', summary: 'Who may decide, who has, and who is missing', read: readRunOnly },
  {
    name: 'approve',
    usage: 'approve [run]',
    summary: 'Approve the open gate after reviewing its plan',
    read: readRunOnly,
  },
  {
    name: 'reject',
    usage: 'reject <run> <reason>',
    summary: 'Reject the open gate; one reject ends the run',
    read: readReject,
  },
  { name: 'pause', usage: 'pause <run> [reason]', summary: 'Stop before the next step', read: readSteer },
  { name: 'resume', usage: 'resume <run> [reason]', summary: 'Go on after a pause', read: readSteer },
  {
    name: 'resolve',
    usage: 'resolve <run> retry|skip|replan|give-back|abort [reason]',
    summary: 'Answer a run that asks (question)',
    read: readResolve,
  },
  {
    name: 'abort',
    usage: 'abort <run> [reason]',
    summary: 'Stop and take back what was changed; not after the point of no return',
    read: readSteer,
  },
  {
    name: 'break-glass',
    usage: 'break-glass <run> <rule> <reason>',
    summary: 'Approve over a rule, by name; loud, and reviewed later',
    read: readBreakGlass,
  },
  {
    name: 'freeze',
    usage: 'freeze [runs|expiry] <reason>',
    summary: 'Let no new run begin (runs), or no copy expire (expiry)',
    read: readFreeze,
  },
  { name: 'thaw', usage: 'thaw [runs|expiry] <reason>', summary: 'End a freeze', read: readFreeze },
];

/** What people say instead; offered, never taken. */
const SYNONYMS: { readonly [word: string]: Command['verb'] } = {
  ls: 'list',
  runs: 'list',
  start: 'run',
  go: 'run',
  exec: 'run',
  preview: 'plan',
  'dry-run': 'plan',
  dryrun: 'plan',
  show: 'status',
  state: 'status',
  stop: 'abort',
  cancel: 'abort',
  kill: 'abort',
  hold: 'pause',
  continue: 'resume',
  unpause: 'resume',
  ok: 'approve',
  accept: 'approve',
  deny: 'reject',
  decline: 'reject',
  refuse: 'reject',
  answer: 'resolve',
  override: 'break-glass',
  breakglass: 'break-glass',
  unfreeze: 'thaw',
  approvers: 'who',
  '?': 'help',
};

const CHOICES: readonly Choice[] = ['retry', 'skip', 'replan', 'give-back', 'abort'];
/** A run's id or a part of one. */
const RUN = /^[A-Za-z0-9][A-Za-z0-9._/:-]{0,199}$/;
/** A rule's name, as errors and blockers give it. */
const RULE = /^[a-z][a-z0-9-]{1,99}$/;

export function readVerb(words: readonly string[], known: Known): Reading {
  const [word = 'help', ...rest] = words;
  const verb = VERBS.find(({ name }) => name === word);
  if (verb) return verb.read(verb, rest, known);
  const lower = word.toLowerCase();
  const near = nearestName(lower);
  const meant =
    VERBS.find(({ name }) => name === lower)?.name ??
    (Object.hasOwn(SYNONYMS, lower) ? SYNONYMS[lower] : undefined) ??
    near.verb;
  // A runbook's name alone, as in `failover from=…`: what is harmless is offered.
  const repaired = meant ? [meant, ...rest] : near.runbook ? ['plan', near.runbook, ...rest] : ['help'];
  const mend = meant
    ? `Did you mean ${sayName(meant)}? \`help\` lists all verbs.`
    : near.runbook
      ? `Did you mean the runbook ${sayName(near.runbook)}? Begin with a verb; \`help\` lists them.`
      : 'Begin with a verb; `help` lists them.';
  return { ok: false, problem: `${sayName(word)} is no verb.`, mend, kind: 'usage', repaired, usage: 'help' };
}

/** The verb or the runbook that is nearest to a word, whichever is nearer. */
function nearestName(word: string): { readonly verb?: Command['verb']; readonly runbook?: string } {
  const name = nearest(word, [...VERBS.map((one) => one.name), ...runbookNames()]);
  const verb = VERBS.find((one) => one.name === name);
  if (verb !== undefined) return { verb: verb.name };
  return name === undefined ? {} : { runbook: name };
}

function readHelp(verb: Verb, rest: readonly string[]): Reading {
  const [about, extra] = rest;
  if (extra !== undefined) return tooMuch(verb, rest.slice(0, 1), extra);
  const known = [...VERBS.map(({ name }) => name), ...runbookNames()];
  if (about === undefined || known.includes(about)) return ok({ verb: 'help', about });
  const near = nearest(about, known);
  const mend = near ? `Did you mean ${sayName(near)}?` : '`help` alone lists everything.';
  const repaired = near ? ['help', near] : ['help'];
  return wrong(verb, { problem: `There is no help about ${sayName(about)}.`, mend, kind: 'usage', repaired });
}

function readList(verb: Verb, rest: readonly string[]): Reading {
  const [extra] = rest;
  return extra === undefined ? ok({ verb: 'list' }) : tooMuch(verb, [], extra);
}

/** The run that a verb names, or what is wrong with it. */
function runIn(verb: Verb, rest: readonly string[]): { readonly run: string } | Reading {
  const [run] = rest;
  if (run === undefined) return missing(verb, 'the name of a run, or a part of it');
  if (RUN.test(run)) return { run };
  const mend = 'Write the name as `list` shows it, or a part of it.';
  return wrong(verb, { problem: 'That is not the name of a run.', mend, kind: 'usage' });
}

/** The run may be left out: then the only open one is meant; or a region or a runbook may stand for it. */
function readRunOnly(verb: Verb, rest: readonly string[]): Reading {
  if (rest.length === 0) return ok({ verb: verb.name as 'status' | 'approve' | 'who', run: undefined });
  const found = runIn(verb, rest);
  if ('ok' in found) return found;
  const [, extra] = rest;
  if (extra !== undefined) return tooMuch(verb, rest.slice(0, 1), extra);
  return ok({ verb: verb.name as 'status' | 'approve' | 'who', run: found.run });
}

function readSteer(verb: Verb, rest: readonly string[]): Reading {
  const found = runIn(verb, rest);
  if ('ok' in found) return found;
  return ok({ verb: verb.name as 'pause' | 'resume' | 'abort', run: found.run, reason: reasonOf(rest.slice(1)) });
}

function readReject(verb: Verb, rest: readonly string[]): Reading {
  const found = runIn(verb, rest);
  if ('ok' in found) return found;
  const reason = reasonOf(rest.slice(1));
  if (reason !== '') return ok({ verb: 'reject', run: found.run, reason });
  return missing({ ...verb, usage: `reject ${found.run} <reason>` }, 'a reason');
}

function readResolve(verb: Verb, rest: readonly string[]): Reading {
  const found = runIn(verb, rest);
  if ('ok' in found) return found;
  const [, word, ...reason] = rest;
  const usage = `resolve ${found.run} ${CHOICES.join('|')} [reason]`;
  if (word === undefined) return missing({ ...verb, usage }, `one of ${CHOICES.join(', ')}`);
  const choice = CHOICES.find((one) => one === word.toLowerCase());
  if (choice) {
    if (choice !== 'skip' || reasonOf(reason) !== '')
      return ok({ verb: 'resolve', run: found.run, choice, reason: reasonOf(reason) });
    return missing({ ...verb, usage: `resolve ${found.run} skip <reason>` }, 'a reason, to skip a step');
  }
  const near = nearest(word, CHOICES);
  const repaired = near ? { repaired: ['resolve', found.run, near, ...reason] } : {};
  const problem = `${sayName(word)} is no answer.`;
  return wrong({ usage }, { problem, mend: `Answer with one of: ${CHOICES.join(', ')}.`, kind: 'usage', ...repaired });
}

function readBreakGlass(verb: Verb, rest: readonly string[]): Reading {
  const found = runIn(verb, rest);
  if ('ok' in found) return found;
  const [, rule, ...words] = rest;
  if (rule === undefined || !RULE.test(rule)) {
    return missing(
      { ...verb, usage: `break-glass ${found.run} <rule> <reason>` },
      'the name of the rule; `status` shows which stand in the way',
    );
  }
  const reason = reasonOf(words);
  if (reason === '') return missing({ ...verb, usage: `break-glass ${found.run} ${rule} <reason>` }, 'a reason');
  return ok({ verb: 'break-glass', run: found.run, rule, reason });
}

function readFreeze(verb: Verb, rest: readonly string[]): Reading {
  const [first] = rest;
  const what = first === 'runs' || first === 'expiry' ? first : undefined;
  const reason = reasonOf(what ? rest.slice(1) : rest);
  if (reason === '') return missing({ ...verb, usage: `${verb.name} ${what ?? 'runs'} <reason>` }, 'a reason');
  return ok({ verb: verb.name as 'freeze' | 'thaw', what: what ?? 'runs', reason });
}

/** The rest of the line; `reason=…` is understood too, because `run` takes it so. */
function reasonOf(words: readonly string[]): string {
  return words
    .join(' ')
    .replace(/^reason=/, '')
    .trim();
}
